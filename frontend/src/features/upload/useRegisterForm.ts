import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { useDraft } from './useDraft'
import { findUnfilled, useRegister } from './useRegister'
import { useUploads } from './useUploads'
import { isNameFree } from '@/api/catalog'
import { previewReadme } from '@/api/model'
import { LICENSES } from '@/lib/licenses'
import { useSession } from '@/session'
import { toast } from '@/ui/toasts'

const NAME = /^(?!.*(?:--|\.\.|\.git$|\.ipynb$))[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/

/** A model name as the rule wants it, from what a file is called. */
export function nameFrom(file: string): string {
  const stem = file.replace(/\.[^.]+$/, '').toLowerCase()
  const spelled = stem.replace(/[^a-z0-9._-]+/g, '-').replace(/([.-])\1+/g, '$1')
  return spelled.replace(/^[._-]+|[._-]+$/g, '')
}

/** The whole of the registration: the draft, its uploads, what is wrong with it, and handing it in. */
export function useRegisterForm(onRefused: () => void) {
  const { t } = useI18n()
  const router = useRouter()
  const client = useQueryClient()
  const { me } = useSession()
  const owners = (me.value?.namespaces ?? []).map((namespace) => namespace['slug'] ?? '')
  const { draft, savedAt, forget } = useDraft(owners)
  const uploads = useUploads()
  const { busy, errors, summary, register } = useRegister()
  const waiting = ref(false)

  const wellNamed = computed(() => NAME.test(draft.name))
  const free = useQuery({
    queryKey: ['model-name', () => draft.owner, () => draft.name],
    queryFn: async () =>
      (await isNameFree(draft.owner, draft.name)) ||
      (await findUnfilled(draft.owner, draft.name)) !== null,
    enabled: wellNamed,
  })
  const nameError = computed(() => {
    if (errors.value['name']) return errors.value['name']
    if (draft.name && !wellNamed.value) return t('register.nameRule')
    return free.data.value === false ? t('register.taken') : undefined
  })
  const preview = useQuery({
    queryKey: ['readme-preview', () => draft.readme],
    queryFn: () => previewReadme(draft.readme),
    enabled: computed(() => draft.readme !== ''),
    placeholderData: (previous) => previous,
  })
  /** The licence that the README's head names, where it is one of those we know. */
  const readLicense = computed(() => {
    const named = preview.data.value?.front_matter['license']
    if (typeof named !== 'string') return ''
    return LICENSES.find((license) => license.toLowerCase() === named.toLowerCase()) ?? ''
  })
  watch(readLicense, (license) => {
    if (license && !draft.license) draft.license = license
  })
  watch(
    () => [draft.owner, draft.name],
    () => {
      const rest = Object.entries(errors.value).filter(([field]) => field !== 'name')
      errors.value = Object.fromEntries(rest)
    },
  )

  /** Goes on with an entry that is registered but has no files yet. */
  async function adopt(owner: string, name: string) {
    const found = await findUnfilled(owner, name)
    if (!found) return
    const { summary, license, visibility, service_type: serviceType } = found
    const contexts = found.contexts.map((context) => context.slug)
    Object.assign(draft, { owner, name, summary, license, visibility, serviceType, contexts })
  }

  async function take(files: File[]) {
    for (const file of files) {
      void uploads.add(file)
      if (/^readme\.md$/i.test(file.name)) draft.readme = await file.text()
      else if (!draft.name) draft.name = nameFrom(file.name)
    }
  }

  function missing(): Record<string, string> {
    const found: Record<string, string> = {}
    if (uploads.entries.length === 0) found['files'] = t('register.needFile')
    else if (uploads.lost.value) found['files'] = t('register.chooseAgain')
    else if (uploads.refused.value) found['files'] = t('register.removeRefused')
    if (!draft.name) found['name'] = t('register.needName')
    if (!draft.serviceType) found['service_type'] = t('register.needType')
    return found
  }

  async function submit() {
    errors.value = missing()
    if (Object.keys(errors.value).length || nameError.value) {
      waiting.value = false
      summary.value = t('register.check')
      onRefused()
      return
    }
    summary.value = ''
    waiting.value = !uploads.ready.value
    if (waiting.value) return
    const message = draft.note || t('register.firstNote')
    if (!(await register(draft, uploads.entries, message))) {
      onRefused()
      return
    }
    uploads.clear()
    forget()
    toast(t('register.registered'))
    void client.invalidateQueries({ queryKey: ['models'] })
    await router.push(`/models/${draft.owner}/${draft.name}`)
  }

  // Pressed early, the button waits for the bytes; a file refused meanwhile ends the wait.
  watch([uploads.ready, uploads.refused], ([ready, refused]) => {
    if (waiting.value && (ready || refused)) void submit()
  })

  return {
    draft,
    savedAt,
    uploads,
    owners,
    free: computed(() => wellNamed.value && free.data.value === true && !nameError.value),
    nameError,
    preview,
    readLicense,
    busy,
    errors,
    summary,
    waiting,
    adopt,
    take,
    submit,
  }
}
