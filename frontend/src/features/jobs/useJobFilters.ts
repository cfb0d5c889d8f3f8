import { computed } from 'vue'
import { useRoute, type LocationQuery } from 'vue-router'
import type { JobFilters } from '@/api/jobs'

export const JOB_FILTERS = ['state', 'kind', 'device', 'model'] as const
export type JobFilterName = (typeof JOB_FILTERS)[number]

/** What the list of jobs is narrowed to; it lives in the address and nowhere else. */
export function useJobFilters() {
  const route = useRoute()
  const chosen = computed(() => {
    const found: Partial<Record<JobFilterName, string>> = {}
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

  return { chosen, having, wanted: computed(() => chosen.value as JobFilters) }
}
