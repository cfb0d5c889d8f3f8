import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
  tone: 'success' | 'danger'
  seconds: number
  /** What takes the act back, for as long as the toast is shown. */
  undo: (() => void) | undefined
}

const SHOWN_S = 6
const UNDO_S = 10
const toasts = ref<Toast[]>([])
let last = 0

export function closeToast(id: number) {
  toasts.value = toasts.value.filter((shown) => shown.id !== id)
}

export function toast(text: string, tone: Toast['tone'] = 'success', undo?: () => void) {
  last += 1
  const id = last
  const seconds = undo ? UNDO_S : SHOWN_S
  toasts.value.push({ id, text, tone, seconds, undo })
  setTimeout(() => {
    closeToast(id)
  }, seconds * 1000)
}

export function useToasts() {
  return toasts
}
