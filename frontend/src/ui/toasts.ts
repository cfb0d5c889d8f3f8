import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
  tone: 'success' | 'danger'
}

const SHOWN_MS = 6000
const toasts = ref<Toast[]>([])
let last = 0

export function toast(text: string, tone: Toast['tone'] = 'success') {
  last += 1
  const id = last
  toasts.value.push({ id, text, tone })
  setTimeout(() => {
    toasts.value = toasts.value.filter((shown) => shown.id !== id)
  }, SHOWN_MS)
}

export function useToasts() {
  return toasts
}
