import { http, HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import CommandPalette from './CommandPalette.vue'
import { allByRole, byRole, ORIGIN, press, server, settle, show, type } from '@/testing/portal'

function modelsAre(names: string[]) {
  server.use(
    http.get(`${ORIGIN}/api/v1/models`, ({ request }) => {
      const q = new URL(request.url).searchParams.get('q') ?? ''
      const results = names.filter((name) => name.includes(q)).map((id) => ({ id }))
      return HttpResponse.json({ results, next: null })
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
  expect(options()).toEqual(['olga/gate-counter'])
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
  expect(field.getAttribute('aria-activedescendant')).toBe('palette-to-help')
  await type(field, 'devi')
  await press(field, 'Enter')
  expect(router.currentRoute.value.name).toBe('devices')
})
