import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Model } from '@/api/catalog'
import { fetchRefs, fetchRevisions, moveAlias, nameRevision, restoreRevision } from '@/api/versions'
import { problemText } from '@/shell/problemText'
import { toast } from '@/ui/toasts'

export const ALIASES = ['stable', 'candidate'] as const
export type Alias = (typeof ALIASES)[number]

const SHORT = 7
export const short = (oid: string) => oid.slice(0, SHORT)

/** The names of a model's revisions, branch by branch, and what may be done to them. */
export function useVersions(model: MaybeRefOrGetter<Model>, branch: MaybeRefOrGetter<string>) {
  const { t } = useI18n()
  const client = useQueryClient()
  const place = computed(() => {
    const { owner, name } = toValue(model)
    return { owner, name }
  })
  const key = computed(() => ['models', 'one', toValue(model).id])
  const refs = useQuery({
    queryKey: [...key.value, 'refs'],
    queryFn: () => fetchRefs(place.value),
  })
  const log = useInfiniteQuery({
    queryKey: [...key.value, 'revisions', () => toValue(branch)],
    queryFn: ({ pageParam }) =>
      fetchRevisions(place.value, {
        ref: toValue(branch),
        ...(pageParam ? { cursor: pageParam } : {}),
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  })
  const all = computed(() => refs.data.value ?? [])
  const aliasAt = (alias: Alias) =>
    all.value.find((ref) => ref.kind === 'alias' && ref.name === alias)

  async function attempt(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act()
      return true
    } catch (problem) {
      toast(problemText(problem), 'danger')
      return false
    } finally {
      await client.invalidateQueries({ queryKey: key.value })
    }
  }

  const point = (alias: Alias, oid: string) =>
    attempt(() =>
      aliasAt(alias)
        ? moveAlias(place.value, alias, oid)
        : nameRevision(place.value, 'alias', alias, oid),
    )

  /** Lets an alias mean a revision; where it pointed is one click away. */
  async function promote(alias: Alias, oid: string) {
    const before = aliasAt(alias)?.revision
    if (!(await point(alias, oid))) return
    const undo = before ? () => void point(alias, before) : undefined
    toast(t('version.moved', { alias: t(`alias.${alias}`), id: short(oid) }), 'success', undo)
  }

  async function restore(oid: string, head: string) {
    const done = await attempt(() => restoreRevision(place.value, oid, toValue(branch), head))
    if (done) toast(t('version.restored', { id: short(oid) }))
  }

  return {
    place,
    refs,
    log,
    rows: computed(() => log.data.value?.pages.flatMap((page) => page.results) ?? []),
    branches: computed(() => all.value.filter((ref) => ref.kind === 'branch')),
    tags: computed(() => all.value.filter((ref) => ref.kind === 'tag')),
    aliasAt,
    promote,
    restore,
    refresh: () => client.invalidateQueries({ queryKey: key.value }),
  }
}
