import { describe, expect, it, vi } from 'vitest'
import { h, nextTick, reactive } from 'vue'
import Button from './Button.vue'
import { byRole, show } from '@/testing/portal'

describe('a button at work', () => {
  it('keeps the focus and hears nobody until it is done', async () => {
    const pressed = vi.fn()
    const state = reactive({ busy: false })
    await show({ render: () => h(Button, { ...state, onClick: pressed }, () => 'Save') }, '/')
    const button = byRole('button', 'Save')
    button.focus()

    state.busy = true
    await nextTick()
    button.click()
    expect(pressed).not.toHaveBeenCalled()
    expect(button.getAttribute('aria-disabled')).toBe('true')
    expect(document.activeElement).toBe(button)

    state.busy = false
    await nextTick()
    button.click()
    expect(pressed).toHaveBeenCalledOnce()
  })
})
