import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import CommandPalette from './CommandPalette.vue'
import { allByRole, byRole, ORIGIN, press, server, settle, show, type } from '@/testing/portal'

const PARKING = { slug: 'parking', label_en: 'parking', label_ko: '주차', is_proposal: false }

function modelsAre(names: string[]) {
  server.use(
    http.get(`${ORIGIN}/api/v1/models`, () =>
      HttpResponse.json({ results: names.map((id) => ({ id })), next: null }),
    ),
    http.get(`${ORIGIN}/api/v1/search/suggest`, ({ request }) => {
      const q = new URL(request.url).searchParams.get('q') ?? ''
      const models = names.filter((name) => name.includes(q))
      const contexts = '주차 parking'.includes(q) ? [{ word: '주차', context: PARKING }] : []
      return HttpResponse.json({
        results: [...contexts, ...models.map((model) => ({ word: model, model, context: null }))],
      })
    }),
  )
}
const options = () => allByRole('option').map((option) => option.textContent.trim())

test('the palette finds a model by a part of its name and goes there by keys alone', async () => {
  modelsAre(['olga/gate-counter', 'olga/lenet'])
  const { router } = await show(CommandPalette)
  const field = byRole<HTMLInputElement>('combobox')
  await type(field, 'gate')
  await settle()
  expect(options()).toEqual(['olga/gate-counter', 'Search for “gate”'])
  expect(field.getAttribute('aria-activedescendant')).toBe('palette-model-olga/gate-counter')

  await press(field, 'Enter')
  expect(router.currentRoute.value.path).toBe('/models/olga/gate-counter')
})

test('a place and an act are found too, and the arrows go round', async () => {
  modelsAre([])
  const { router } = await show(CommandPalette)
  const field = byRole<HTMLInputElement>('combobox')
  await type(field, 'e')
  const all = options()
  expect(all).toContain('Devices')
  expect(all).toContain('Theme: Dark')

  await press(field, 'ArrowUp')
  expect(field.getAttribute('aria-activedescendant')).toBe('palette-search')
  await type(field, 'devi')
  await press(field, 'Enter')
  expect(router.currentRoute.value.name).toBe('devices')
})

test('a context leads to its models', async () => {
  modelsAre([])
  const { router } = await show(CommandPalette)
  const field = byRole<HTMLInputElement>('combobox')
  await type(field, '주차')
  await settle()
  expect(options()).toEqual(['parking', 'Search for “주차”'])
  await press(field, 'Enter')
  expect(router.currentRoute.value.fullPath).toBe('/models?q=parking')
})

test('any words lead to a search for them', async () => {
  modelsAre([])
  const { router } = await show(CommandPalette)
  const field = byRole<HTMLInputElement>('combobox')
  await type(field, 'sorting waste')
  await settle()
  expect(options()).toEqual(['Search for “sorting waste”'])
  await press(field, 'Enter')
  expect(router.currentRoute.value.query).toEqual({ q: 'sorting waste' })
})
