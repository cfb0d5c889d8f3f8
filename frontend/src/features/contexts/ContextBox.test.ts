import { beforeEach, describe, expect, it } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import ContextBox from './ContextBox.vue'
import { allByRole, answers, byRole, click, press, settle, show, type } from '@/testing/portal'

const NIGHT = {
  slug: 'night',
  label_ko: '야간',
  label_en: 'night',
  is_proposal: false,
  kind: 'situation',
  aliases: ['밤'],
  model_count: 3,
}
const INFRARED = { slug: 'infrared', label_ko: '적외선', label_en: 'infrared', is_proposal: false }

const chosen = ref<string[]>([])
const Form = defineComponent(
  () => () =>
    h(ContextBox, {
      modelValue: chosen.value,
      'onUpdate:modelValue': (words: string[]) => (chosen.value = words),
    }),
)
const box = () => byRole<HTMLInputElement>('combobox', 'Contexts')

beforeEach(() => {
  chosen.value = []
  answers('get', '/api/v1/contexts', { results: [NIGHT] })
  answers('get', '/api/v1/contexts/night/related', {
    results: [{ context: INFRARED, weight: 0.6, origin: 'curated' }],
  })
})

describe('the box of contexts', () => {
  it('offers known contexts and takes one by the keyboard', async () => {
    await show(Form)
    await type(box(), 'ni')
    await press(box(), 'ArrowDown')
    expect(byRole('option').getAttribute('aria-selected')).toBe('true')

    await press(box(), 'Enter')

    expect(chosen.value).toEqual(['night'])
  })

  it('knows a context by each of its names', async () => {
    await show(Form)
    await type(box(), '밤')
    await press(box(), 'Enter')

    expect(chosen.value).toEqual(['night'])
  })

  it('takes a new word as it is and says that it is new', async () => {
    await show(Form)
    await type(box(), '하역 창고')
    await press(box(), 'Enter')

    expect(chosen.value).toEqual(['하역 창고'])
    expect(document.body.textContent).toContain('new')
  })

  it('takes no half-composed syllable, but the whole word once it is composed', async () => {
    await show(Form)
    await type(box(), '야가')
    await press(box(), 'Enter', { isComposing: true })
    expect(chosen.value).toEqual([])

    box().value = '야간'
    box().dispatchEvent(new CompositionEvent('compositionend', { data: '간', bubbles: true }))
    await settle()

    expect(chosen.value).toEqual(['night'])
  })

  it('offers what is related to what was chosen, and drops a word on request', async () => {
    chosen.value = ['night']
    await show(Form)

    await click(byRole('button', /^infrared/))
    expect(chosen.value).toEqual(['night', 'infrared'])

    await click(byRole('button', 'Remove night'))
    expect(chosen.value).toEqual(['infrared'])
    expect(allByRole('button', 'Remove night')).toEqual([])
  })
})
