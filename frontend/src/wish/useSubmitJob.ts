import { useQueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'
import { useRouter } from 'vue-router'
import { fieldErrors, type Schemas } from '@/api/client'
import { submitJob } from '@/api/jobs'

/** Hands in a job and goes to its page; a refusal stays in the dialog. */
export function useSubmitJob() {
  const client = useQueryClient()
  const router = useRouter()
  const busy = ref(false)
  const error = ref('')
  const errors = ref<Record<string, string>>({})

  async function submit(wish: Schemas['JobInRequest']) {
    busy.value = true
    error.value = ''
    errors.value = {}
    try {
      const job = await submitJob(wish)
      void client.invalidateQueries({ queryKey: ['jobs'] })
      await router.push({ name: 'job', params: { id: job.id } })
    } catch (problem) {
      error.value = problem instanceof Error ? problem.message : String(problem)
      errors.value = fieldErrors(problem)
    } finally {
      busy.value = false
    }
  }

  return { busy, error, errors, submit }
}
