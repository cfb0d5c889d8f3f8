import { computed } from 'vue'
import { useRoute, type LocationQuery } from 'vue-router'
import type { JobFilters } from '@/api/jobs'

const HOUR_MS = 3_600_000
export const JOB_FILTERS = ['state', 'kind', 'device', 'model', 'reason', 'owner', 'since'] as const
/** How far back a list may look, in hours. */
export const AGES = { '1h': 1, '1d': 24, '7d': 168, '30d': 720 } as const
export const JOB_SORTS = ['newest', 'oldest', 'longest', 'shortest', 'model'] as const
export type JobFilterName = (typeof JOB_FILTERS)[number] | 'sort'

/** What the list of jobs is narrowed to; it lives in the address and nowhere else. */
export function useJobFilters() {
  const route = useRoute()
  const chosen = computed(() => {
    const found: Partial<Record<(typeof JOB_FILTERS)[number], string>> = {}
    for (const name of JOB_FILTERS) {
      const value = route.query[name]
      if (typeof value === 'string' && value) found[name] = value
    }
    return found
  })

  /** The address with one filter changed; an empty value takes it away. */
  function having(name: JobFilterName, value: string): LocationQuery {
    const rest = Object.entries(route.query).filter(([key]) => key !== name)
    return Object.fromEntries(value ? [...rest, [name, value]] : rest)
  }

  const sort = computed(
    () => JOB_SORTS.find((name) => name === route.query['sort']) ?? ('newest' as const),
  )
  const wanted = computed(() => {
    const { since, ...narrow } = chosen.value
    const rest = { ...narrow, ...(sort.value === 'newest' ? {} : { sort: sort.value }) }
    const hours = AGES[since as keyof typeof AGES]
    if (!hours) return rest as JobFilters
    return { ...rest, since: new Date(Date.now() - hours * HOUR_MS).toISOString() } as JobFilters
  })

  return { chosen, sort, having, wanted }
}
