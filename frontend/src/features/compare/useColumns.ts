import { useQueries } from '@tanstack/vue-query'
import { computed, ref, watch, type Ref } from 'vue'
import type { Column } from './comparison'
import type { Chosen } from './useChosen'
import { fetchModel } from '@/api/catalog'
import { Refusal } from '@/api/client'
import { fetchArtifacts } from '@/api/model'
import { problemText } from '@/shell/problemText'
import { bestOf } from '@/wish/best'

const isFault = (error: Error | null) =>
  error instanceof Refusal && (error.status === 0 || error.status >= 500)

async function load(owner: string, name: string) {
  const [model, artifacts] = await Promise.all([
    fetchModel(owner, name),
    fetchArtifacts(owner, name),
  ])
  return { model, artifacts }
}

/** The columns of what was chosen; one that cannot be read is told of, and leaves the others. */
export function useColumns(chosen: Ref<Chosen[]>) {
  const answers = useQueries({
    queries: computed(() =>
      chosen.value.map(({ owner, name }) => ({
        queryKey: ['models', 'compare', owner, name],
        queryFn: () => load(owner, name),
      })),
    ),
  })
  const pending = computed(() => answers.value.some((answer) => answer.isPending))
  /** Columns that came one by one would push each other about: the first come together. */
  const begun = ref(false)
  watch(
    pending,
    (now) => {
      if (!now) begun.value = true
    },
    { immediate: true },
  )
  const columns = computed(() =>
    chosen.value.map((row, at): Column | null => {
      const found = answers.value[at]?.data
      const artifact =
        found?.artifacts.find((one) => one.id === row.artifact) ?? bestOf(found?.artifacts ?? [])
      return found && artifact ? { ...found, artifact, others: found.artifacts } : null
    }),
  )
  return {
    columns,
    loading: computed(() => pending.value && !(begun.value && columns.value.some(Boolean))),
    /** Why there is nothing to compare: the server failed, which says nothing of the models. */
    fault: computed(() => {
      const failed = answers.value.map(({ error }) => (isFault(error) ? error : null))
      return failed.length && failed.every(Boolean) ? (failed[0] ?? null) : null
    }),
    refetch: () => Promise.all(answers.value.map((answer) => answer.refetch())),
    errors: computed(() =>
      chosen.value.flatMap((row, at) => {
        const { isPending, error, refetch } = answers.value[at] ?? {}
        if (isPending || columns.value[at]) return []
        return [
          {
            at,
            name: `${row.owner}/${row.name}`,
            message: error ? problemText(error) : '',
            retry: error ? refetch : undefined,
          },
        ]
      }),
    ),
  }
}
