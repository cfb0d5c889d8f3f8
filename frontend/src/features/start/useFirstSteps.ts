import { useQuery } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { fetchModels } from '@/api/catalog'
import { fetchDevices } from '@/api/devices'
import { fetchJobs } from '@/api/jobs'
import { fetchPeople } from '@/api/people'
import { useSession } from '@/session'

const KEY = 'ondol.firstSteps'
const MANY = 200
/** Who owns imported catalogs: their models have makers' figures and no files to convert. */
const IMPORTED = 'catalog'

export type Step = 'model' | 'device' | 'convert' | 'invite'

const dismissed = ref(localStorage.getItem(KEY) === 'dismissed')

export function dismissFirstSteps() {
  dismissed.value = true
  localStorage.setItem(KEY, 'dismissed')
}

export function bringBackFirstSteps() {
  dismissed.value = false
  localStorage.removeItem(KEY)
}

/** What a new portal still lacks; told by the portal's own data, so a step done elsewhere counts. */
export function useFirstSteps() {
  const { me } = useSession()
  const wanted = computed(() => !dismissed.value)
  const models = useQuery({
    queryKey: ['models', 'first-steps'],
    queryFn: () => fetchModels({ limit: MANY }),
    enabled: wanted,
  })
  const devices = useQuery({ queryKey: ['devices'], queryFn: fetchDevices, enabled: wanted })
  const jobs = useQuery({
    queryKey: ['jobs', 'first-steps'],
    queryFn: () => fetchJobs({}),
    enabled: wanted,
  })
  /** Only administrators invite: for everybody else the step is not there. */
  const invites = computed(() => wanted.value && Boolean(me.value?.is_admin))
  const people = useQuery({
    queryKey: ['people', 'first-steps'],
    queryFn: () => fetchPeople({}),
    enabled: invites,
  })
  const known = computed(
    () =>
      models.data.value &&
      devices.data.value &&
      jobs.data.value &&
      (people.data.value ?? !invites.value),
  )
  const done = computed<Partial<Record<Step, boolean>>>(() => ({
    model: Boolean(models.data.value?.results.length),
    device: Boolean(devices.data.value?.length),
    convert: Boolean(jobs.data.value?.results.some((job) => job.kind === 'convert')),
    ...(invites.value ? { invite: (people.data.value?.results.length ?? 0) > 1 } : {}),
  }))
  return {
    done,
    convertible: computed(
      () => models.data.value?.results.find((row) => row.head && row.owner !== IMPORTED)?.id,
    ),
    open: computed(
      () => wanted.value && Boolean(known.value) && Object.values(done.value).includes(false),
    ),
  }
}
