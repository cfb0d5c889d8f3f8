import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { fetchModels, fetchSuggestions, type Suggestion } from '@/api/catalog'
import { setLocale } from '@/i18n'
import { contextLabel } from '@/lib/words'
import { useSession } from '@/session'
import { chooseTheme } from '@/theme'

const MOST_MODELS = 6

type Offer = Pick<Suggestion, 'model' | 'context' | 'word'>

async function newest(): Promise<Offer[]> {
  const { results } = await fetchModels({ limit: MOST_MODELS })
  return results.map(({ id }) => ({ model: id, context: null, word: id }))
}

export interface PaletteEntry {
  id: string
  label: string
  group: 'goTo' | 'actions' | 'contexts' | 'models' | 'search'
  run: () => void
}

/** What the palette offers for a text: places, acts, contexts and models, and a search for it. */
export function usePaletteEntries(text: Ref<string>, showKeys: () => void) {
  const { t, locale } = useI18n()
  const router = useRouter()
  const { me, leave } = useSession()
  const asked = computed(() => text.value.trim())
  const offers = useQuery({
    queryKey: ['models', 'palette', asked],
    queryFn: (): Promise<Offer[]> =>
      asked.value ? fetchSuggestions(asked.value, 'all') : newest(),
    placeholderData: keepPreviousData,
  })

  const administration = computed(() => [
    { name: 'people', label: t('person.people') },
    { name: 'audit', label: t('audit.title') },
    { name: 'system', label: t('system.title') },
  ])
  const places = computed(() =>
    [
      { name: 'entry', label: t('shell.models') },
      { name: 'contexts', label: t('shell.contexts') },
      { name: 'jobs', label: t('shell.jobs') },
      { name: 'devices', label: t('shell.devices') },
      { name: 'benchmarks', label: t('shell.benchmarks') },
      { name: 'compare', label: t('compare.title') },
      { name: 'notices', label: t('notice.title') },
      ...(me.value ? [{ name: 'settings', label: t('shell.settings') }] : []),
      { name: 'webhooks', label: t('webhook.title') },
      ...(me.value ? [{ name: 'teams', label: t('person.teams') }] : []),
      ...(me.value?.may_maintain
        ? [{ name: 'service-types', label: t('shell.serviceTypes') }]
        : []),
      ...(me.value?.is_admin ? administration.value : []),
      { name: 'help', label: t('help.title') },
    ].map(({ name, label }): PaletteEntry => ({
      id: `to-${name}`,
      label,
      group: 'goTo',
      run: () => void router.push({ name }),
    })),
  )
  const acts = computed(() => {
    const act = (id: string, label: string, run: () => void): PaletteEntry => ({
      id,
      label,
      group: 'actions',
      run,
    })
    const other = locale.value === 'ko' ? 'en' : 'ko'
    return [
      ...(me.value?.may_contribute
        ? [act('register', t('shell.register'), () => void router.push({ name: 'register' }))]
        : []),
      ...(['light', 'dark', 'system'] as const).map((choice) =>
        act(`theme-${choice}`, `${t('theme.label')}: ${t(`theme.${choice}`)}`, () => {
          chooseTheme(choice)
        }),
      ),
      act('language', other === 'ko' ? '한국어로 보기' : 'Show in English', () => {
        void setLocale(other)
      }),
      act('keys', t('keys.title'), showKeys),
      me.value
        ? act('leave', t('shell.signOut'), () => void leave())
        : act('enter', t('shell.signIn'), () => void router.push({ name: 'login' })),
    ]
  })
  const goToModel = (id: string): PaletteEntry => ({
    id: `model-${id}`,
    label: id,
    group: 'models',
    run: () => void router.push(`/models/${id}`),
  })
  const searchFor = (id: string, q: string, label: string, group: PaletteEntry['group']) => ({
    id,
    label,
    group,
    run: () => void router.push({ name: 'models', query: { q } }),
  })
  const found = computed(() =>
    (offers.data.value ?? []).map(({ model, context, word }) => {
      if (model) return goToModel(model)
      const label = context ? contextLabel(context, locale.value) : word
      return searchFor(`context-${context?.slug ?? word}`, label, label, 'contexts')
    }),
  )
  const search = computed(() =>
    asked.value
      ? [searchFor('search', asked.value, t('palette.searchFor', { q: asked.value }), 'search')]
      : [],
  )
  const fits = (entry: PaletteEntry) =>
    entry.label.toLowerCase().includes(asked.value.toLowerCase())

  return computed(() => [
    ...acts.value.filter((entry) => asked.value !== '' && fits(entry)),
    ...places.value.filter(fits),
    ...found.value,
    ...search.value,
    ...acts.value.filter(() => asked.value === ''),
  ])
}
