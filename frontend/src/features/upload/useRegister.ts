import { ref } from 'vue'
import { fetchModel, registerModel, type Model } from '@/api/catalog'
import { Refusal } from '@/api/client'
import { commitFiles } from '@/api/model'
import type { Draft } from './useDraft'
import type { Entry } from './useUploads'
import { fieldTexts, problemText } from '@/shell/problemText'

/** An entry of ours that still waits for its files, as a refused commit leaves it. */
export async function findUnfilled(owner: string, name: string): Promise<Model | null> {
  const found = await fetchModel(owner, name).catch(() => null)
  return found?.may_write && !found.head ? found : null
}

async function registerOrFind(draft: Draft) {
  const { owner, name, summary, contexts, license, visibility } = draft
  const wish = { owner, name, summary, contexts, license, visibility }
  try {
    await registerModel({ ...wish, service_type: draft.serviceType })
  } catch (problem) {
    const taken = problem instanceof Refusal && problem.code === 'name_taken'
    if (!(taken && (await findUnfilled(owner, name)))) throw problem
  }
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
      await registerOrFind(draft)
      const files = entries.map((entry) => ({ path: entry.name, upload_id: entry.done?.id ?? '' }))
      await commitFiles(draft.owner, draft.name, message, files)
      return true
    } catch (problem) {
      summary.value = problemText(problem)
      errors.value = fieldTexts(problem)
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, errors, summary, register }
}
