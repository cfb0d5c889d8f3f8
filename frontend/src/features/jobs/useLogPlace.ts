import {
  computed,
  nextTick,
  ref,
  shallowRef,
  toValue,
  watch,
  type MaybeRefOrGetter,
  type Ref,
} from 'vue'
import { useRoute } from 'vue-router'
import type { LogSection } from './logSections'

/** Steps through numbers in a circle, and knows which one it is at. */
function useCircle(numbers: Ref<number[]>, go: (number: number) => Promise<void>) {
  const at = ref(-1)
  const step = (by: number) => {
    const count = numbers.value.length
    if (!count) return
    at.value = (Math.max(at.value, by > 0 ? -1 : 0) + by + count) % count
    void go(numbers.value[at.value] ?? 0)
  }
  return { numbers, at, step }
}

/** Where in a log somebody is: at a line of the address, at an error, or at what they look for. */
export function useLogPlace(
  pane: Readonly<Ref<HTMLElement | null>>,
  sections: Ref<LogSection[]>,
  find: Ref<string>,
  over: MaybeRefOrGetter<boolean>,
) {
  const route = useRoute()
  const goal = shallowRef(0)
  const lines = computed(() => sections.value.flatMap((section) => section.lines))
  const linked = computed(() => Number(/^#L(\d+)$/.exec(route.hash)?.[1] ?? 0))

  async function go(number: number) {
    goal.value = number
    await nextTick()
    const box = pane.value?.getBoundingClientRect()
    const line = pane.value?.querySelector(`#L${number}`)?.getBoundingClientRect()
    if (!pane.value || !box || !line || (line.top >= box.top && line.bottom <= box.bottom)) return
    pane.value.scrollBy({ top: line.top - box.top - box.height / 2 })
  }

  const errors = useCircle(
    computed(() => lines.value.flatMap((line) => (line.look === 'error' ? line.number : []))),
    go,
  )
  const hits = useCircle(
    computed(() => {
      const wanted = find.value.toLowerCase()
      if (!wanted) return []
      return lines.value.flatMap((line) =>
        line.text.toLowerCase().includes(wanted) ? line.number : [],
      )
    }),
    go,
  )
  watch(find, () => {
    hits.at.value = -1
    hits.step(1)
  })
  watch(
    [linked, () => lines.value.length],
    ([number, count], [before, had]) => {
      if (number && count && (number !== before || !had)) void go(number)
    },
    { immediate: true },
  )
  // A job that ended badly opens at its first error.
  watch(
    () => toValue(over) && errors.numbers.value.length > 0 && errors.at.value < 0,
    (found) => {
      if (found && !linked.value) errors.step(1)
    },
    { immediate: true },
  )
  return { goal, linked, errors, hits }
}
