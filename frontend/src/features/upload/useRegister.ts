import { ref } from 'vue'
import { registerModel, fetchModel } from '@/api/catalog'
import { Refusal } from '@/api/client'
import { commitFiles } from '@/api/model'
import type { Draft } from './useDraft'
import type { Entry } from './useUploads'

async function isMineWithoutFiles(draft: Draft): Promise<boolean> {
  const found = await fetchModel(draft.owner, draft.name).catch(() => null)
  return Boolean(found?.may_write && !found.head)
}

/** Registers a model and commits its files. A second try after a refused commit finds its own entry. */
export function useRegister() {
  const busy = ref(false)
  const errors = ref<Record<string, string>>({})
  const summary = ref('')

  async function register(draft: Draft, entries: Entry[], message: string): Promise<boolean> {
    busy.value = true
    errors.value = {}
    summary.value = ''
    try {
      await registerModel({
        owner: draft.owner,
        name: draft.name,
        summary: draft.summary,
        service_type: draft.serviceType,
        contexts: draft.contexts,
        license: draft.license,
        visibility: draft.visibility,
      }).catch(async (problem: unknown) => {
        const taken = problem instanceof Refusal && problem.code === 'name_taken'
        if (!(taken && (await isMineWithoutFiles(draft)))) throw problem
      })
      const files = entries.map((entry) => ({ path: entry.name, upload_id: entry.done?.id ?? '' }))
      await commitFiles(draft.owner, draft.name, message, files)
      return true
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem
      summary.value = problem.message
      errors.value = Object.fromEntries(
        Object.keys(problem.details).map((field) => [
          field.split('.')[0] ?? field,
          problem.message,
        ]),
      )
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, errors, summary, register }
}
