import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import DevicePage from './DevicePage.vue'
import type { Device } from '@/api/devices'
import { allByRole, answers, byRole, click, ORIGIN, server, show } from '@/testing/portal'

const PI: Device = {
  id: 'd1',
  name: 'gate-pi',
  profile: null,
  runner: { id: 'r1', name: 'gate' },
  online: true,
  paused: false,
  owner: 'olga',
  access: 'everyone',
  team: null,
  reservation: null,
  can_run: true,
  can_keep: true,
  busy_job: null,
  queue_length: 0,
  last_seen_at: null,
  passport: {
    cpu: 'Cortex-A76',
    architecture: 'aarch64',
    cores: 4,
    ram_bytes: 8e9,
    storage_bytes: 0,
    storage_free_bytes: 0,
    os: '',
  },
}

beforeEach(() => {
  vi.stubGlobal(
    'EventSource',
    class extends EventTarget {
      close() {}
    },
  )
  answers('get', '/api/v1/jobs', { results: [], next: null })
  answers('get', '/api/v1/device-profiles', { results: [] })
})
afterEach(() => {
  vi.unstubAllGlobals()
})

it('who keeps a device pauses it', async () => {
  let now = PI
  server.use(
    http.get(`${ORIGIN}/api/v1/devices/:id`, () => HttpResponse.json(now)),
    http.patch(`${ORIGIN}/api/v1/devices/:id`, async ({ request }) => {
      now = { ...now, ...((await request.json()) as Partial<Device>) }
      return HttpResponse.json(now)
    }),
  )
  await show(DevicePage)
  await click(byRole('button', 'Pause'))

  expect(allByRole('button', 'Resume')).toHaveLength(1)
  expect(document.body.textContent).toContain('Cortex-A76, aarch64')
})

it('others see whose it is, and no way to change it', async () => {
  answers('get', '/api/v1/devices/:id', {
    ...PI,
    can_keep: false,
    can_run: false,
    reservation: { by: 'olga', until: '2026-06-01T10:00:00Z' },
  })
  await show(DevicePage)

  expect(document.body.textContent).toContain('Reserved by olga')
  expect(allByRole('button')).toHaveLength(0)
})
