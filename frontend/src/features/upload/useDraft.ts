import { reactive, ref, watch } from 'vue'
import type { Schemas } from '@/api/client'

export interface Draft {
  owner: string
  name: string
  summary: string
  serviceType: string
  contexts: string[]
  license: string
  visibility: Schemas['Visibility']
  note: string
  readme: string
}

const KEY = 'ondol.register.draft'
/** A browser keeps about 5 MB for a site; a longer README is asked for again. */
const LONGEST_README = 200_000

function empty(owner: string): Draft {
  return {
    owner,
    name: '',
    summary: '',
    serviceType: '',
    contexts: [],
    license: '',
    visibility: 'internal',
    note: '',
    readme: '',
  }
}

/** What is typed into the form, kept in this browser until the model is registered. */
export function useDraft(owners: string[]) {
  const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Draft>
  const draft = reactive<Draft>({ ...empty(owners[0] ?? ''), ...kept })
  if (!owners.includes(draft.owner)) draft.owner = owners[0] ?? ''
  const savedAt = ref<Date | null>(null)
  let over = false
  watch(draft, () => {
    if (over) return
    const readme = draft.readme.length > LONGEST_README ? '' : draft.readme
    localStorage.setItem(KEY, JSON.stringify({ ...draft, readme }))
    savedAt.value = new Date()
  })
  return {
    draft,
    savedAt,
    forget() {
      over = true
      localStorage.removeItem(KEY)
    },
  }
}
