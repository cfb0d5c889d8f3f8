import { expect, it } from 'vitest'
import { browserName } from './browserName'

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'

it('names a browser and its system', () => {
  expect(
    [
      `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/156.0.0.0 Safari/537.36`,
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/155.0.0.0 Safari/537.36 Edg/155.0.0.0`,
      `Mozilla/5.0 (Linux; Android 16; SM-S938N) ${WEBKIT} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36`,
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1',
      'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    ].map(browserName),
  ).toEqual([
    'Chrome 156, Linux',
    'Edge 155, Windows',
    'Samsung Internet 29, Android',
    'Safari 26, macOS',
    'Safari 26, iOS',
    'Firefox 145, Linux',
  ])
})

it('leaves alone what it does not know', () => {
  expect(browserName('python-httpx/0.28.1')).toBe('python-httpx/0.28.1')
})
