import { http, HttpResponse } from 'msw'
import { expect, it } from 'vitest'
import JobFixes from './JobFixes.vue'
import type { Fix, JobDetail } from '@/api/jobs'
import { allByRole, answers, byRole, click, ORIGIN, server, show } from '@/testing/portal'

const job = { id: 7, model: 'lab/gauge', artifact: 1 } as JobDetail
const engine: Fix = { kind: 'engine', change: { engine: 'openvino' }, worked: 21, tried: 22 }
const device: Fix = { kind: 'device', change: { device: 'd2' }, worked: 0, tried: 0 }

function offers(results: Fix[], counted: number) {
  answers('get', '/api/v1/jobs/7/fixes', { results, counted })
}

it('says of each fix what it came to before, and hands over what it changes', async () => {
  offers([engine, device], 22)
  answers('get', '/api/v1/devices', { results: [{ id: 'd2', name: 'gate-cam' }] })
  const repeated: unknown[] = []

  await show(JobFixes, '/', {
    job,
    busy: false,
    onRepeat: (change: unknown) => repeated.push(change),
  })
  const rows = allByRole('li').map((row) => row.textContent)
  await click(byRole('button', /Run with this/))

  expect(document.body.textContent).toContain('ranked by how 22 earlier repeats ended')
  expect(rows[0]).toMatch(/Run it with OpenVINO.*worked in 21 of 22/)
  expect(rows[1]).toMatch(/Run it on gate-cam.*not tried before/)
  expect(repeated).toEqual([{ engine: 'openvino' }])
})

it('owns up to knowing nothing', async () => {
  offers([engine], 0)
  await show(JobFixes, '/', { job, busy: false })

  expect(document.body.textContent).toContain('no job with this cause was repeated before')
})

it('takes no room where nothing can be offered, and asks for no devices', async () => {
  let asked = 0
  server.use(
    http.get(`${ORIGIN}/api/v1/devices`, () => {
      asked += 1
      return HttpResponse.json({ results: [] })
    }),
  )
  offers([], 3)
  await show(JobFixes, '/', { job, busy: false })

  expect([document.querySelector('ol'), asked]).toEqual([null, 0])
})
