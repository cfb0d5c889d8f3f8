import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useEvents } from '@/api/events'
import { fetchJobs } from '@/api/jobs'
import { around } from '@/lib/around'
import { useSession } from '@/session'

/** Has what is shown of jobs asked for again when one of them changes. */
export function useJobEvents() {
  const client = useQueryClient()
  const { me } = useSession()
  const topic = () => (me.value ? 'jobs' : '')
  useEvents(topic, (event) => {
    if (event && event.kind !== 'state') return
    void client.invalidateQueries({ queryKey: ['jobs'] })
    if (event?.state === 'succeeded') void client.invalidateQueries({ queryKey: ['models'] })
  })
}

/** How many jobs are not over yet, and how many of them are being worked on. */
export function useOpenJobs() {
  const { me } = useSession()
  const query = useQuery({
    queryKey: ['jobs', 'open'],
    queryFn: () => fetchJobs({ state: 'open' }),
    enabled: () => around.value && me.value !== null,
  })
  const rows = computed(() => query.data.value?.results ?? [])
  return {
    open: computed(() => rows.value.length),
    running: computed(() => rows.value.filter((job) => job.state !== 'queued').length),
  }
}
