import { http, HttpResponse } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'
import SettingsTab from './SettingsTab.vue'
import {
  allByRole,
  answers,
  byRole,
  click,
  ORIGIN,
  server,
  settle,
  show,
  type,
} from '@/testing/portal'

const MODEL = {
  id: 'olga/gate',
  owner: 'olga',
  name: 'gate',
  summary: '',
  service_type: 'parking-enforcement',
  contexts: [],
  license: '',
  visibility: 'internal',
  updated_at: '2026-01-01T00:00:00Z',
  may_write: true,
  may_own: true,
}

beforeEach(() => {
  answers('get', '/api/v1/service-types', { results: [] })
  answers('get', '/api/v1/contexts', { results: [] })
})

test('a model is deleted only after its name was typed', async () => {
  let deleted = 0
  server.use(
    http.delete(`${ORIGIN}/api/v1/models/olga/gate`, () => {
      deleted += 1
      return new HttpResponse(null, { status: 204 })
    }),
  )
  await show(SettingsTab, '/', { model: MODEL })
  await click(byRole('button', 'Delete'))
  const field = await vi.waitFor(
    () => byRole<HTMLInputElement>('textbox', 'Type olga/gate to confirm'),
    // A chunk that is fetched when it is wanted takes its time on a busy machine.
    { timeout: 10_000 },
  )
  const [, sure] = allByRole('button', 'Delete')
  await type(field, 'olga/gat')
  expect(sure?.hasAttribute('disabled')).toBe(true)

  await type(field, 'olga/gate')
  field.form?.requestSubmit()
  await settle()
  expect(deleted).toBe(1)
})

test('the contexts of a model are changed where its other traits are', async () => {
  const night = { slug: 'night', label_ko: '야간', label_en: 'night', aliases: [] }
  answers('get', '/api/v1/contexts', { results: [night] })
  answers('get', '/api/v1/contexts/night/related', { results: [] })
  const sent: unknown[] = []
  server.use(
    http.patch(`${ORIGIN}/api/v1/models/olga/gate`, async ({ request }) => {
      sent.push(await request.json())
      return HttpResponse.json(MODEL)
    }),
  )
  await show(SettingsTab, '/', { model: { ...MODEL, contexts: [night] } })
  const box = byRole<HTMLInputElement>('combobox', 'Contexts')
  await type(box, 'night patrol')
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
  await settle()
  await click(byRole('button', 'Save'))

  expect(sent).toEqual([expect.objectContaining({ contexts: ['night', 'night patrol'] })])
})

test('who may write but does not own sees neither move nor delete', async () => {
  await show(SettingsTab, '/', { model: { ...MODEL, may_own: false } })

  expect(allByRole('heading').map((heading) => heading.textContent)).toEqual(['In the catalog'])
})

test('an owner lets somebody in and takes them out again', async () => {
  const inside = new Map<string, boolean>()
  const at = `${ORIGIN}/api/v1/models/olga/gate/collaborators`
  server.use(
    http.get(at, () =>
      HttpResponse.json({
        results: [...inside].map(([username, may_write]) => ({ username, may_write })),
      }),
    ),
    http.put(`${at}/mark`, async ({ request }) => {
      const { may_write } = (await request.json()) as { may_write: boolean }
      inside.set('mark', may_write)
      return HttpResponse.json({ username: 'mark', may_write })
    }),
    http.delete(`${at}/mark`, () => {
      inside.delete('mark')
      return new HttpResponse(null, { status: 204 })
    }),
  )
  await show(SettingsTab, '/', { model: MODEL })
  const field = byRole<HTMLInputElement>('textbox', 'User name')
  await type(field, 'mark')
  field.form?.requestSubmit()
  await settle()
  expect([...inside]).toEqual([['mark', false]])

  await click(await vi.waitFor(() => byRole('button', 'Take mark out')))
  await settle()
  expect(inside.size).toBe(0)
})
