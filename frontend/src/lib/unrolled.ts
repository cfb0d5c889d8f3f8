import { computed, ref, watch } from 'vue'
import { afterPaint } from './afterPaint'

/** What a phone shows of a list, and what a slow one can draw between two frames. */
const FIRST = 4
const STEP = 8

/**
 * A long list that has just come is drawn step by step, a paint after each: none holds up a touch.
 * One that was there already, as on the way back to it, is whole at once.
 */
export function useUnrolled<T>(all: () => T[], weigh: (row: T) => number = () => 1) {
  const room = ref(all().length > 0 ? Infinity : 0)
  const shown = computed(() => {
    let left = room.value
    return all().filter((row) => {
      const fits = left > 0
      left -= weigh(row)
      return fits
    })
  })
  const grow = () => {
    afterPaint(() => {
      room.value = shown.value.length < all().length ? room.value + STEP : Infinity
      if (room.value < Infinity) grow()
    })
  }
  watch(
    () => all().length > 0,
    (some) => {
      if (!some || room.value === Infinity) return
      // What stands above it came with it, and is a step of its own.
      setTimeout(() => {
        room.value = FIRST
        grow()
      })
    },
  )
  /** What stands below the list waits for its end: nothing is pushed down. */
  return { shown, whole: computed(() => room.value === Infinity) }
}
