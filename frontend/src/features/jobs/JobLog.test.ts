import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import JobLog from './JobLog.vue'
import { byRole, click, ORIGIN, press, server, show, type } from '@/testing/portal'

const LOG = [
  '10:00:00 == download',
  '10:00:01 model.onnx 3 MB',
  ...Array.from({ length: 540 }, (_, index) => `10:00:02 layer ${index}`),
  '10:00:03 == measure',
  '10:00:04 error: the engine refused layer 41',
  '',
].join('\n')

const search = () => byRole<HTMLInputElement>('searchbox')
const current = () => document.querySelector('.outline-accent')?.id

describe('the log on the page of a job', () => {
  beforeEach(() => {
    vi.stubGlobal(
      'EventSource',
      class extends EventTarget {
        close() {}
      },
    )
    server.use(
      http.get(`${ORIGIN}/api/v1/jobs/:id/log`, ({ request }) => {
        const offset = Number(new URL(request.url).searchParams.get('offset'))
        const bytes = new TextEncoder().encode(LOG)
        return new HttpResponse(bytes.slice(offset), {
          headers: { 'X-Log-Size': String(bytes.length) },
        })
      }),
    )
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it('opens at the first error of a job that is over', async () => {
    await show(JobLog, '/', { id: 3, over: true })

    expect(current()).toBe('L544')
  })

  it('goes from hit to hit, both ways round', async () => {
    await show(JobLog, '/', { id: 3, over: true })
    await type(search(), 'Layer 41')

    expect(document.body.textContent).toContain('1 of 12')
    expect(current()).toBe('L44')
    await press(search(), 'Enter', { shiftKey: true })
    expect(current()).toBe('L544')
    await press(search(), 'Enter')
    expect(current()).toBe('L44')
  })

  it('shows the line of the address, although it lies before what is drawn at first', async () => {
    await show(JobLog, '#L20', { id: 3, over: true })

    expect(document.querySelector('#L20')?.className).toContain('bg-accent-soft')
    expect(current()).toBe('L20')
  })

  it('shows every line as it was written when it is asked for the raw log', async () => {
    await show(JobLog, '/', { id: 3, over: true })
    await click(byRole('button', 'Raw'))

    expect(document.querySelector('#L543')?.textContent).toContain('10:00:03 == measure')
  })
})
