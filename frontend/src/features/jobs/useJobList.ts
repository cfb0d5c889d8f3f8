import { useInfiniteQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, ref, watch, type Ref } from 'vue'
import { useEvents } from '@/api/events'
import { fetchJobs, type JobFilters } from '@/api/jobs'

const REST_MS = 1000

/**
 * The jobs of a filter, kept true by events. What came in after the list was shown waits for
 * `showFresh`, so that no row moves while somebody reads.
 */
export function useJobList(wanted: Ref<JobFilters>) {
  const client = useQueryClient()
  const pages = useInfiniteQuery({
    queryKey: ['jobs', 'list', wanted],
    queryFn: ({ pageParam }) =>
      fetchJobs({ ...wanted.value, ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.next ? Number(page.next) : null),
  })
  const all = computed(() => pages.data.value?.pages.flatMap((page) => page.results) ?? [])
  const newest = ref(0)
  const showFresh = () => (newest.value = Math.max(0, ...all.value.map((job) => job.id)))
  watch(wanted, () => (newest.value = 0))
  watch(
    all,
    () => {
      if (!newest.value) showFresh()
    },
    { immediate: true },
  )

  // Progress comes often: after a look the list rests. Changes of state are heard by the shell.
  let resting: ReturnType<typeof setTimeout> | undefined
  useEvents('jobs', (event) => {
    if (event?.kind !== 'progress' || resting) return
    void client.invalidateQueries({ queryKey: ['jobs', 'list'] })
    resting = setTimeout(() => (resting = undefined), REST_MS)
  })
  onScopeDispose(() => {
    clearTimeout(resting)
  })

  /** In another order than the newest first, nothing comes in above what is read. */
  const held = computed(() => !wanted.value.sort)
  return {
    pages,
    rows: computed(() => all.value.filter((job) => !held.value || job.id <= newest.value)),
    fresh: computed(() => all.value.filter((job) => held.value && job.id > newest.value).length),
    showFresh,
  }
}
