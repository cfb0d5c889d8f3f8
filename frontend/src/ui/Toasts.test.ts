import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import Toasts from './Toasts.vue'
import { toast } from './toasts'
import { allByRole, byRole, show } from '@/testing/portal'

describe('a toast', () => {
  beforeEach(async () => {
    await show(Toasts, '/')
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('goes by itself', async () => {
    toast('Saved.')
    await nextTick()
    expect(byRole('status').textContent).toContain('Saved.')

    vi.advanceTimersByTime(6000)
    await nextTick()
    expect(byRole('status').textContent).not.toContain('Saved.')
  })

  it('stays for who is at it, and goes some time after they left', async () => {
    toast('Moved.', 'success', vi.fn())
    await nextTick()
    const undo = byRole('button', 'Undo')
    undo.focus()

    vi.advanceTimersByTime(60_000)
    await nextTick()
    expect(allByRole('button', 'Undo')).toHaveLength(1)

    undo.blur()
    vi.advanceTimersByTime(9000)
    await nextTick()
    expect(allByRole('button', 'Undo')).toHaveLength(1)
    vi.advanceTimersByTime(1000)
    await nextTick()
    expect(allByRole('button', 'Undo')).toHaveLength(0)
  })

  it('is taken back once', async () => {
    const undone = vi.fn()
    toast('Moved.', 'success', undone)
    await nextTick()

    // A button hears what happens after it is there.
    vi.advanceTimersByTime(1)
    byRole('button', 'Undo').click()
    await nextTick()
    expect(undone).toHaveBeenCalledOnce()
    expect(allByRole('button', 'Undo')).toHaveLength(0)
  })
})
