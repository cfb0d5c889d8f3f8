import { computed, ref } from 'vue'
import type { Person } from '@/api/people'
import { problemText } from '@/shell/problemText'

/** Several accounts chosen together, and what became of an act on each of them. */
export function useBulk(rows: () => Person[], done: () => Promise<void>) {
  const names = ref<string[]>([])
  /** Why an act failed, by the name of the account that it failed on. */
  const failures = ref<Record<string, string>>({})
  const busy = ref(false)
  const chosen = computed(() => rows().filter((row) => names.value.includes(row.username)))

  function choose(wanted: string[]) {
    names.value = wanted
    failures.value = {}
  }

  /** Does one after the other; who it failed on stays chosen, with the reason. Returns the rest. */
  async function each(
    people: Person[],
    work: (person: Person) => Promise<unknown>,
  ): Promise<Person[]> {
    busy.value = true
    const failed: Record<string, string> = {}
    for (const person of people) {
      try {
        await work(person)
      } catch (problem) {
        failed[person.username] = problemText(problem)
      }
    }
    await done()
    busy.value = false
    names.value = Object.keys(failed)
    failures.value = failed
    return people.filter((person) => !(person.username in failed))
  }

  return { names, chosen, failures, busy, choose, each }
}

export type Bulk = ReturnType<typeof useBulk>
