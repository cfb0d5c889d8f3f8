import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import JobsPage from './JobsPage.vue'
import type { Job } from '@/api/jobs'
import { useToasts } from '@/ui/toasts'
import { allByRole, answers, byRole, click, ORIGIN, refuses, server, show } from '@/testing/portal'

const job = (id: number, more: Partial<Job> = {}): Job => ({
  id,
  kind: 'convert',
  state: 'failed',
  title: '',
  model: 'lab/gauge',
  artifact: 1,
  device: null,
  engine: '',
  any_device: false,
  abilities: [],
  progress: { step: '', fraction: 0, text: '' },
  cancel: 'none',
  failure: { reason: 'timeout', message: 'The converter took longer than an hour.', sentences: [] },
  waiting: null,
  queue_position: null,
  eta: null,
  spec: {},
  result: {},
  created_by: 'olga',
  retry_of: null,
  created_at: '2026-05-01T10:00:00Z',
  started_at: '2026-05-01T10:00:10Z',
  ended_at: '2026-05-01T10:01:10Z',
  expires_at: '2026-05-02T10:00:00Z',
  ...more,
})

/** A stream of events that says nothing until a test speaks. */
class Stream extends EventTarget {
  static current: Stream | undefined
  constructor() {
    super()
    Stream.current = this
  }
  close() {
    if (Stream.current === this) Stream.current = undefined
  }
}

describe('the list of jobs', () => {
  beforeEach(() => {
    vi.stubGlobal('EventSource', Stream)
    answers('get', '/api/v1/jobs/failed', { jobs: [] })
    server.use(
      http.get(`${ORIGIN}/api/v1/devices`, ({ request }) => {
        const isFormer = new URL(request.url).searchParams.get('runner') === 'revoked'
        return HttpResponse.json({ results: isFormer ? [{ id: 'd1', name: 'old-cam' }] : [] })
      }),
    )
  })

  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it('asks for what the address says, and says why a job failed', async () => {
    let asked = ''
    server.use(
      http.get(`${ORIGIN}/api/v1/jobs`, ({ request }) => {
        asked = new URL(request.url).search
        return HttpResponse.json({ results: [job(7)], next: null })
      }),
    )
    await show(JobsPage, '?state=failed&kind=convert&model=lab/gauge')

    expect([...new URLSearchParams(asked)]).toEqual([
      ['state', 'failed'],
      ['kind', 'convert'],
      ['model', 'lab/gauge'],
    ])
    expect(document.body.textContent).toContain('The converter took longer than an hour.')
    expect(byRole('link', /lab \/ gauge/).getAttribute('href')).toContain('/job/7')
  })

  it('holds back what came in while it is read', async () => {
    answers('get', '/api/v1/jobs', { results: [job(7)], next: null })
    await show(JobsPage)
    answers('get', '/api/v1/jobs', { results: [job(8), job(7)], next: null })
    const stream = await vi.waitUntil(() => Stream.current)
    stream.dispatchEvent(
      new MessageEvent('job', { data: JSON.stringify({ job: 8, kind: 'progress', at: '' }) }),
    )
    const more = await vi.waitFor(() => byRole('button', '1 new'))

    expect(allByRole('link', /lab \/ gauge/)).toHaveLength(1)
    await click(more)
    expect(allByRole('link', /lab \/ gauge/)).toHaveLength(2)
  })

  it('narrows to a device that is not attached any more', async () => {
    answers('get', '/api/v1/jobs', { results: [job(7, { device: 'old-cam' })], next: null })
    await show(JobsPage)
    expect(byRole('combobox', 'Device').textContent).toContain('old-cam (removed)')
  })

  it('offers to drop the filter that leaves nothing', async () => {
    refuses('get', '/api/v1/jobs', 404, 'no_such_model', 'There is no such model.')
    await show(JobsPage, '?model=lab/none')

    expect(document.body.textContent).toContain('No job matches')
    expect(byRole('link', 'Any model').getAttribute('href')).toBe('/jobs')
  })

  it('runs the failed jobs of its filters again once that was confirmed, and takes it back', async () => {
    answers('get', '/api/v1/jobs', { results: [job(7), job(6)], next: null })
    let asked = ''
    const sent: unknown[] = []
    const cancelled: string[] = []
    server.use(
      http.get(`${ORIGIN}/api/v1/jobs/failed`, ({ request }) => {
        asked = new URL(request.url).search
        return HttpResponse.json({ jobs: [7, 6] })
      }),
      http.post(`${ORIGIN}/api/v1/jobs/failed`, async ({ request }) => {
        sent.push(await request.json())
        return HttpResponse.json({ jobs: [8, 9] }, { status: 202 })
      }),
      http.post(`${ORIGIN}/api/v1/jobs/:id/cancel`, ({ params }) => {
        cancelled.push(String(params['id']))
        return HttpResponse.json({ id: Number(params['id']) })
      }),
    )
    await show(JobsPage, '?state=failed&kind=convert&sort=oldest')

    await click(byRole('button', 'Run 2 failed jobs again'))
    expect([asked, sent]).toEqual(['?kind=convert', []])
    const confirm = allByRole('button', 'Run 2 failed jobs again').at(-1)
    if (confirm) await click(confirm)

    expect(sent).toEqual([{ jobs: [7, 6] }])
    const [told] = useToasts().value
    expect(told?.text).toBe('2 jobs run again')
    told?.undo?.()
    await vi.waitFor(() => expect(cancelled).toEqual(['8', '9']))
  })

  it('offers nothing to run again where none has failed', async () => {
    answers('get', '/api/v1/jobs', { results: [job(7)], next: null })
    await show(JobsPage)

    expect(allByRole('button', /failed jobs? again/)).toEqual([])
  })
})
