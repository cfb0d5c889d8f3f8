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
const timers = new Map<number, ReturnType<typeof setTimeout>>()
let last = 0

function run({ id, seconds }: Toast) {
  const end = () => {
    closeToast(id)
  }
  clearTimeout(timers.get(id))
  timers.set(id, setTimeout(end, seconds * 1000))
}

/** Nobody has to read or act against the clock: while one is held, none goes. */
export function holdToasts() {
  for (const timer of timers.values()) clearTimeout(timer)
}

/** Lets each run from its beginning. */
export function releaseToasts() {
  toasts.value.forEach(run)
}

export function closeToast(id: number) {
  timers.delete(id)
  toasts.value = toasts.value.filter((shown) => shown.id !== id)
}

export function toast(text: string, tone: Toast['tone'] = 'success', undo?: () => void) {
  last += 1
  const id = last
  const seconds = undo ? UNDO_S : SHOWN_S
  const shown = { id, text, tone, seconds, undo }
  toasts.value.push(shown)
  run(shown)
}

export function useToasts() {
  return toasts
}
