import { computed, ref } from 'vue'
import { layOut } from './layout'
import type { Scope } from './scopes'
import { countOf, firstOpen, MOST_UNITS, viewOf } from './view'

/** Which scopes of a graph are unfolded, and so what there is to draw. */
export function useFolding(root: () => Scope) {
  const opened = ref(firstOpen(root()))
  const tooMany = ref(false)
  const view = computed(() => viewOf(root(), opened.value))
  const drawing = computed(() => layOut(view.value))

  /** Unfolds these and no others, unless that would be more than can be drawn. */
  function open(ids: Set<string>): boolean {
    tooMany.value = countOf(root(), ids) > MOST_UNITS
    if (!tooMany.value) opened.value = ids
    return !tooMany.value
  }

  const and = (...ids: string[]) => new Set([...opened.value, ...ids])
  const without = (id: string) =>
    new Set([...opened.value].filter((one) => one !== id && !one.startsWith(`${id}/`)))
  return { opened, tooMany, view, drawing, open, and, without }
}
