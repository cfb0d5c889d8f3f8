import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, ref, type EffectScope } from 'vue'
import { useJobLog } from './useJobLog'
import { ORIGIN, server, settle } from '@/testing/portal'

let log = new Uint8Array()
let scope: EffectScope
const write = (text: string) => (log = new TextEncoder().encode(text))

beforeEach(() => {
  vi.stubGlobal('EventSource', class extends EventTarget {})
  scope = effectScope()
  server.use(
    http.get(`${ORIGIN}/api/v1/jobs/:id/log`, ({ request }) => {
      const offset = Number(new URL(request.url).searchParams.get('offset'))
      return new HttpResponse(log.slice(offset), { headers: { 'X-Log-Size': String(log.length) } })
    }),
  )
})
afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
})

async function follow() {
  const found = scope.run(() => useJobLog(ref(12)))
  if (!found) throw new Error('The scope was over.')
  await settle()
  return found
}

describe('the log of a job', () => {
  it('is read on from where it ended, a half-written line and letter included', async () => {
    const whole = new TextEncoder().encode('one\n둘째 줄\n')
    log = whole.slice(0, 5)
    const { lines, read } = await follow()
    expect(lines.value).toEqual(['one'])

    log = whole
    await read()

    expect(lines.value).toEqual(['one', '둘째 줄'])
  })

  it('begins anew with a new attempt', async () => {
    write('first attempt\nlost\n')
    const { lines, read } = await follow()

    write('second\n')
    await read()

    expect(lines.value).toEqual(['second'])
  })

  it('says when it could not be read further, and goes on when it can', async () => {
    write('one\n')
    const { lines, failed, read } = await follow()
    server.use(http.get(`${ORIGIN}/api/v1/jobs/:id/log`, () => HttpResponse.error()))
    await read()
    expect(failed.value).toBe(true)

    server.resetHandlers()
    server.use(
      http.get(
        `${ORIGIN}/api/v1/jobs/:id/log`,
        () => new HttpResponse('two\n', { headers: { 'X-Log-Size': '8' } }),
      ),
    )
    await read()

    expect([failed.value, lines.value]).toEqual([false, ['one', 'two']])
  })
})
