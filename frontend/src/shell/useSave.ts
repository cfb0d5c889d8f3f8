import { useQueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'
import { fieldTexts, problemText } from './problemText'

/** Sends a change of a model; a refusal stays beside the form. */
export function useSave() {
  const client = useQueryClient()
  const busy = ref(false)
  const error = ref('')
  const errors = ref<Record<string, string>>({})

  async function save<T>(act: () => Promise<T>): Promise<T | undefined> {
    busy.value = true
    error.value = ''
    errors.value = {}
    try {
      const done = await act()
      await client.invalidateQueries({ queryKey: ['models'] })
      return done
    } catch (problem) {
      errors.value = fieldTexts(problem)
      error.value = problemText(problem)
      return undefined
    } finally {
      busy.value = false
    }
  }
  return { busy, error, errors, save }
}
