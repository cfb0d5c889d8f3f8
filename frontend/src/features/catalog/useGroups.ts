import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { fetchGroups } from '@/api/catalog'
import { useMyDevice } from '@/lib/myDevice'

/** The newest models of each service type that has any. */
export function useGroups() {
  const { asked } = useMyDevice()
  const { data, isPending, error, refetch } = useQuery({
    queryKey: computed(() => ['models', 'groups', asked.value]),
    queryFn: () => fetchGroups(asked.value),
    placeholderData: keepPreviousData,
  })
  return {
    total: computed(() => (data.value ?? []).reduce((sum, { type }) => sum + type.model_count, 0)),
    groups: computed(() => data.value ?? []),
    loading: isPending,
    error,
    retry: refetch,
  }
}
