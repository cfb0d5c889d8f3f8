import { onBeforeUnmount, onMounted } from 'vue'

/** Single keys, off while somebody types or holds another key. */
export function useLogKeys(keys: Record<string, () => unknown>) {
  function onKey(event: KeyboardEvent) {
    const { target } = event
    const typing =
      target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return
    keys[event.key]?.()
  }
  onMounted(() => {
    addEventListener('keydown', onKey)
  })
  onBeforeUnmount(() => {
    removeEventListener('keydown', onKey)
  })
}
