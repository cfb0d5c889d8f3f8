import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, watch } from 'vue'
import { fetchSampleState, loadSample } from '@/api/sampleCatalog'
import { around } from '@/lib/around'
import { problemText } from '@/shell/problemText'
import { toast } from '@/ui/toasts'

const LOOK_MS = 1000

/** The shipped sample catalog: how far it is in, and the one click that brings it. */
export function useSample() {
  const client = useQueryClient()
  const state = useQuery({
    queryKey: ['sample-catalog'],
    queryFn: fetchSampleState,
    enabled: around,
    refetchInterval: ({ state }) => (state.data?.loading ? LOOK_MS : false),
  })
  const asking = useMutation({
    mutationFn: loadSample,
    onSuccess: (now) => client.setQueryData(['sample-catalog'], now),
    onError: (error) => {
      toast(problemText(error), 'danger')
    },
  })
  const loading = computed(() => asking.isPending.value || state.data.value?.loading === true)
  watch(
    () => state.data.value?.models,
    (_, before) => {
      if (before !== undefined) void client.invalidateQueries({ queryKey: ['models'] })
    },
  )
  return { state: state.data, loading, load: asking.mutate }
}
