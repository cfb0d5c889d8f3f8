import { computed } from 'vue'
import { useRoute, type LocationQuery } from 'vue-router'
import type { SearchQuery } from '@/api/catalog'

/** Filters that may have several values, then those with one. */
const MANY = [
  'service_type',
  'context',
  'task',
  'format',
  'precision',
  'license',
  'language',
  'dataset',
  'base_model',
  'device',
  'owner',
] as const
/** What only the search knows how to narrow by; it orders too. The list of models asks it then. */
const BY_CARD = ['task', 'license', 'language', 'dataset', 'base_model'] as const
/** What people write freely: COCO and coco are one value. */
const FOLDED = new Set(['task', 'license', 'language', 'dataset', 'base_model'])
const ONE = ['max_latency_ms', 'max_size_mb'] as const
export const SORTS = ['relevance', 'updated', 'downloads', 'latency', 'size', 'name'] as const
export type Filter = (typeof MANY)[number] | (typeof ONE)[number]

/** What a search is narrowed to; it lives in the address and nowhere else. */
export function useSearchFilters() {
  const route = useRoute()

  function values(name: string): string[] {
    const given = [route.query[name] ?? []].flat().filter((value) => value !== null)
    const folded = FOLDED.has(name) ? given.map((value) => value.toLowerCase()) : given
    return [...new Set(folded)].filter(Boolean)
  }

  const chosen = computed(() =>
    [...MANY, ...ONE].flatMap((name) =>
      values(name).map((value) => ({ name: name as Filter, value })),
    ),
  )
  const sort = computed(() => SORTS.find((one) => one === values('sort')[0]) ?? 'relevance')
  const exact = computed(() => values('exact')[0] === 'true')

  /** The address with one value of a filter put in or taken out. */
  function toggled(name: Filter, value: string): LocationQuery {
    const before = values(name)
    const single = ONE.some((one) => one === name)
    const after = before.includes(value)
      ? before.filter((other) => other !== value)
      : [...(single ? [] : before), value]
    const rest = Object.entries(route.query).filter(([key]) => key !== name)
    return Object.fromEntries(after.length ? [...rest, [name, after]] : rest)
  }

  const wanted = computed<SearchQuery>(() => ({
    ...Object.fromEntries(
      MANY.map((name) => [name, values(name)]).filter(([, all]) => all?.length),
    ),
    ...Object.fromEntries(ONE.map((name) => [name, values(name)[0]]).filter(([, value]) => value)),
    sort: sort.value,
    exact: exact.value,
  }))

  return {
    bySearch: computed(() => [...BY_CARD, 'sort'].some((name) => values(name).length > 0)),
    chosen,
    sort,
    exact,
    wanted,
    toggled,
    has: (name: Filter, value: string) => values(name).includes(value),
  }
}
