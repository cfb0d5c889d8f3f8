import { reactive, watch } from 'vue'
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
}

const KEY = 'ondol.register.draft'

function empty(owner: string): Draft {
  return {
    owner,
    name: '',
    summary: '',
    serviceType: '',
    contexts: [],
    license: 'Apache-2.0',
    visibility: 'internal',
    note: '',
  }
}

/** What is typed into the form, kept in this browser until the model is registered. */
export function useDraft(owner: string) {
  const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Draft>
  const draft = reactive<Draft>({ ...empty(owner), ...kept })
  watch(draft, () => {
    localStorage.setItem(KEY, JSON.stringify(draft))
  })
  return {
    draft,
    forget() {
      Object.assign(draft, empty(owner))
      // The watcher above runs after this tick and would keep the empty draft.
      setTimeout(() => {
        localStorage.removeItem(KEY)
      })
    },
  }
}
