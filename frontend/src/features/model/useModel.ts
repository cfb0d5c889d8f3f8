import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { fetchModel, fetchServiceTypes } from '@/api/catalog'
import { useEvents } from '@/api/events'
import { fetchArtifacts, fetchBenchmarks, fetchFiles, fetchReadme } from '@/api/model'
import { fetchJobs } from '@/api/jobs'
import { fetchRefs } from '@/api/versions'
import { around } from '@/lib/around'
import { isSignedIn } from '@/session'

/** Everything a model page shows, each part by itself: one that fails leaves the others standing. */
export function useModel(owner: Ref<string>, name: Ref<string>) {
  const client = useQueryClient()
  const id = computed(() => `${owner.value}/${name.value}`)
  const model = useQuery({
    queryKey: ['models', 'one', id],
    queryFn: () => fetchModel(owner.value, name.value),
  })
  const filled = computed(() => Boolean(model.data.value?.head))
  const part = <T>(what: string, read: (owner: string, name: string) => Promise<T>) =>
    useQuery({
      queryKey: ['models', 'one', id, what],
      queryFn: () => read(owner.value, name.value),
      enabled: filled,
    })
  // The header says both: it comes with them, and nothing in it moves.
  const types = useQuery({ queryKey: ['models', 'service-types'], queryFn: fetchServiceTypes })
  const refs = part('refs', (owner, name) => fetchRefs({ owner, name }))
  const jobs = useQuery({
    queryKey: ['jobs', 'model', id],
    queryFn: () => fetchJobs({ model: id.value }),
    enabled: () => around.value && isSignedIn() && Boolean(model.data.value),
  })
  useEvents(isSignedIn() ? 'jobs' : '', (event) => {
    if (event && event.kind !== 'state') return
    void client.invalidateQueries({ queryKey: ['models', 'one', id.value] })
  })
  return {
    id,
    model,
    loading: computed(
      () =>
        model.isPending.value ||
        [types, refs].some((one) => one.isLoading.value && one.failureCount.value === 0),
    ),
    jobs,
    readme: part('readme', fetchReadme),
    files: part('files', (owner, name) => fetchFiles(owner, name)),
    artifacts: part('artifacts', fetchArtifacts),
    benchmarks: part('benchmarks', fetchBenchmarks),
  }
}
