import { expect, it, vi } from 'vitest'
import SearchBox from './SearchBox.vue'
import { allByRole, answers, byRole, press, settle, show, type } from '@/testing/portal'

const PARKING = {
  word: '주차 단속',
  how: 'keyboard',
  context: {
    slug: 'parking-enforcement',
    label_ko: '주정차 단속',
    label_en: 'parking enforcement',
    is_proposal: false,
  },
  model: null,
  summary: '',
}

it('suggests while typing; the arrow keys choose without leaving the box', async () => {
  answers('get', '/api/v1/search/suggest', { query: 'wnck', results: [PARKING] })
  await show(SearchBox)
  const box = byRole<HTMLInputElement>('searchbox')
  await type(box, 'wnck')
  await new Promise((done) => setTimeout(done, 120))
  await settle()

  expect(box.getAttribute('aria-expanded')).toBe('true')
  const option = await vi.waitUntil(() => allByRole('option')[0])
  expect(option.textContent).toContain('parking enforcement')
  expect(option.textContent).toContain('other keyboard')

  await press(box, 'ArrowDown')
  expect(box.getAttribute('aria-activedescendant')).toBe(option.id)
  await press(box, 'Enter')
  expect(box.value).toBe('parking enforcement')
  expect(allByRole('option')).toHaveLength(0)
})
