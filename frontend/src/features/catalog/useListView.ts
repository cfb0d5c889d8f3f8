import { computed, ref } from 'vue'
import type { LocationQuery } from 'vue-router'

const COLUMNS_KEY = 'ondol.columns'
const VIEWS_KEY = 'ondol.views'
const MOST_VIEWS = 20

export const COLUMNS = ['contexts', 'deviceFile', 'size', 'accuracy', 'latency', 'updated'] as const
export type Column = (typeof COLUMNS)[number]

/** A list that somebody wants again: a name, and the filters as the address has them. */
export interface SavedView {
  name: string
  query: LocationQuery
}

function kept<T>(key: string, isGood: (value: unknown) => value is T[]): T[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return isGood(value) ? value : []
  } catch {
    return []
  }
}

const isColumns = (value: unknown): value is Column[] =>
  Array.isArray(value) && value.every((one) => COLUMNS.includes(one as Column))
const isViews = (value: unknown): value is SavedView[] =>
  Array.isArray(value) &&
  value.every((one) => typeof one === 'object' && one !== null && 'name' in one && 'query' in one)

const hidden = ref(kept(COLUMNS_KEY, isColumns))
const views = ref(kept(VIEWS_KEY, isViews))

/** How this browser shows the list of models: its columns, and the lists that were saved. */
export function useListView() {
  function keepViews(next: SavedView[]) {
    views.value = next.slice(0, MOST_VIEWS)
    localStorage.setItem(VIEWS_KEY, JSON.stringify(views.value))
  }
  return {
    hidden: computed(() => hidden.value.join(' ')),
    isShown: (column: Column) => !hidden.value.includes(column),
    turn(column: Column) {
      hidden.value = hidden.value.includes(column)
        ? hidden.value.filter((one) => one !== column)
        : [...hidden.value, column]
      localStorage.setItem(COLUMNS_KEY, JSON.stringify(hidden.value))
    },
    views: computed(() => views.value),
    save(name: string, query: LocationQuery) {
      keepViews([{ name, query }, ...views.value.filter((view) => view.name !== name)])
    },
    forget(name: string) {
      keepViews(views.value.filter((view) => view.name !== name))
    },
  }
}
