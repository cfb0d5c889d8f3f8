import { onBeforeUnmount, onMounted } from 'vue'
import { isTyping, singleKeys } from './useShortcuts'

/** Keys of one part of a page, off while somebody types or holds another key, or wants none. */
export function useSingleKeys(keys: Record<string, () => unknown>) {
  function onKey(event: KeyboardEvent) {
    const held = event.ctrlKey || event.metaKey || event.altKey
    if (!singleKeys.value || held || isTyping(event.target)) return
    keys[event.key]?.()
  }
  onMounted(() => {
    addEventListener('keydown', onKey)
  })
  onBeforeUnmount(() => {
    removeEventListener('keydown', onKey)
  })
}
