import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

/**
 * Whether the keyboard went into a frame of another origin. What is focused there is not told here,
 * and Chromium takes the frame itself for neither `:focus` nor `:focus-visible`.
 */
export function useFrameFocus(frame: Readonly<Ref<HTMLElement | null>>) {
  const inside = ref(false)
  const isThere = () => document.activeElement !== null && document.activeElement === frame.value

  let byKey = false

  function onKey({ key }: KeyboardEvent) {
    byKey = key === 'Tab'
  }
  function onPointer() {
    byKey = false
  }
  /** The window hears that it lost the focus, to the frame or to another window. */
  function onLoss() {
    inside.value = byKey && isThere()
  }
  function onReturn() {
    inside.value = isThere() && inside.value
  }
  const heard = [
    ['keydown', onKey],
    ['pointermove', onPointer],
    ['blur', onLoss],
    ['focusin', onReturn],
  ] as [string, EventListener][]
  onMounted(() => {
    for (const [event, hear] of heard) addEventListener(event, hear)
  })
  onBeforeUnmount(() => {
    for (const [event, hear] of heard) removeEventListener(event, hear)
  })
  return inside
}
