import { useQueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'
import { useRouter } from 'vue-router'
import { submitJob } from '@/api/jobs'
import type { Schemas } from '@/api/client'

/** Hands in a job and goes to its page; a refusal stays in the dialog. */
export function useSubmitJob() {
  const client = useQueryClient()
  const router = useRouter()
  const busy = ref(false)
  const error = ref('')

  async function submit(wish: Schemas['JobInRequest']) {
    busy.value = true
    error.value = ''
    try {
      const job = await submitJob(wish)
      void client.invalidateQueries({ queryKey: ['jobs'] })
      await router.push({ name: 'job', params: { id: job.id } })
    } catch (problem) {
      error.value = problem instanceof Error ? problem.message : String(problem)
    } finally {
      busy.value = false
    }
  }

  return { busy, error, submit }
}
