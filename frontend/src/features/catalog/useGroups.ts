import { keepPreviousData, useQueries, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { fetchModels, fetchServiceTypes } from '@/api/catalog'
import { useMyDevice } from '@/lib/myDevice'

export const SHOWN = 3

/** The first models of each service type that has any; a small question per type, whatever the catalogue's size. */
export function useGroups() {
  const { asked } = useMyDevice()
  const types = useQuery({ queryKey: ['models', 'service-types'], queryFn: fetchServiceTypes })
  const filled = computed(() => (types.data.value ?? []).filter((type) => type.model_count > 0))
  const heads = useQueries({
    queries: computed(() =>
      filled.value.map(({ slug }) => ({
        queryKey: ['models', 'head', slug, asked.value],
        queryFn: () => fetchModels({ service_type: slug, limit: SHOWN, ...asked.value }),
        placeholderData: keepPreviousData,
      })),
    ),
  })
  return {
    total: computed(() => filled.value.reduce((sum, type) => sum + type.model_count, 0)),
    groups: computed(() =>
      filled.value.map((type, index) => ({
        type,
        rows: heads.value[index]?.data?.results ?? [],
      })),
    ),
    loading: computed(() => types.isPending.value || heads.value.some((head) => head.isPending)),
    error: computed(
      () => types.error.value ?? heads.value.find((head) => head.error)?.error ?? null,
    ),
    retry() {
      void types.refetch()
      for (const head of heads.value) if (head.error) void head.refetch()
    },
  }
}
