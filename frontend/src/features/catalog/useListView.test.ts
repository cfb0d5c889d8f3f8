import { beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => {
  localStorage.clear()
  vi.resetModules()
})
const open = async () => (await import('./useListView')).useListView()

test('columns that were put away and lists that were saved are there after a reload', async () => {
  const before = await open()
  before.turn('size')
  before.save('Night', { context: 'night' })
  before.save('Night', { context: 'night', format: 'onnx' })
  vi.resetModules()

  const after = await open()
  expect(after.isShown('size')).toBe(false)
  expect(after.hidden.value).toBe('size')
  expect(after.views.value).toEqual([
    { name: 'Night', query: { context: 'night', format: 'onnx' } },
  ])
  after.forget('Night')
  expect(after.views.value).toEqual([])
})

test('what another program left in the storage is no list', async () => {
  localStorage.setItem('ondol.views', '[1, "two"]')
  localStorage.setItem('ondol.columns', '{')

  const list = await open()
  expect(list.views.value).toEqual([])
  expect(list.isShown('size')).toBe(true)
})
