import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

/**
 * Whether the keyboard went into a frame of another origin. What is focused there is not told here,
 * and Chromium takes the frame itself for neither `:focus` nor `:focus-visible`.
 */
export function useFrameFocus(frame: Readonly<Ref<HTMLElement | null>>) {
  const inside = ref(false)
  const isThere = () => document.activeElement !== null && document.activeElement === frame.value

  function onKey({ key }: KeyboardEvent) {
    // The focus moves after the key was heard.
    if (key === 'Tab') setTimeout(() => (inside.value = isThere()))
  }
  function onFocus() {
    if (!isThere()) inside.value = false
  }
  onMounted(() => {
    addEventListener('keydown', onKey)
    addEventListener('focusin', onFocus)
  })
  onBeforeUnmount(() => {
    removeEventListener('keydown', onKey)
    removeEventListener('focusin', onFocus)
  })
  return inside
}
