import { useQueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { Refusal, type Schemas } from '@/api/client'
import { repeatJob, submitJob } from '@/api/jobs'
import { fieldTexts, problemText } from '@/shell/problemText'

type Wish = Pick<Schemas['JobInRequest'], 'kind' | 'artifact'> & Schemas['AgainInRequest']

/** Hands in a job and goes to its page; a refusal stays in the dialog. */
export function useSubmitJob() {
  const client = useQueryClient()
  const router = useRouter()
  const { t } = useI18n()
  const busy = ref(false)
  const error = ref('')
  const errors = ref<Record<string, string>>({})

  async function submit(wish: Wish, like?: { id: number }) {
    busy.value = true
    error.value = ''
    errors.value = {}
    try {
      const { kind, ...asked } = wish
      const job = await (like
        ? repeatJob(like.id, asked)
        : submitJob({ engine: '', threads: 1, kind, ...asked }))
      void client.invalidateQueries({ queryKey: ['jobs'] })
      await router.push({ name: 'job', params: { id: job.id } })
    } catch (problem) {
      error.value = why(problem)
      errors.value = fieldTexts(problem)
    } finally {
      busy.value = false
    }
  }

  function why(problem: unknown): string {
    const none = problem instanceof Refusal && problem.code === 'no_device_suits'
    return none ? t('measure.noneSuits') : problemText(problem)
  }

  return { busy, error, errors, submit }
}
