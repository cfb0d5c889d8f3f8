import { computed, ref, watch } from 'vue'
import { afterPaint } from './afterPaint'

/** About what a tall window shows of a list. */
const FIRST = 12

/**
 * A long list that has just come shows first what a window holds, and all of it after the paint;
 * one that was there already, as on the way back to it, is whole at once.
 */
export function useUnrolled<T>(all: () => T[], weigh: (row: T) => number = () => 1) {
  const whole = ref(all().length > 0)
  watch(
    () => all().length > 0,
    (some) => {
      if (some)
        afterPaint(() => {
          whole.value = true
        })
    },
  )
  return computed(() => {
    if (whole.value) return all()
    let room = FIRST
    return all().filter((row) => {
      const fits = room > 0
      room -= weigh(row)
      return fits
    })
  })
}
