import { useQuery } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { fetchModels } from '@/api/catalog'
import { fetchDevices } from '@/api/devices'
import { fetchJobs } from '@/api/jobs'

const KEY = 'ondol.firstSteps'
const MANY = 200
/** Who owns imported catalogs: their models have makers' figures and no files to convert. */
const IMPORTED = 'catalog'

export type Step = 'model' | 'device' | 'convert'

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
  const known = computed(() => models.data.value && devices.data.value && jobs.data.value)
  const done = computed<Record<Step, boolean>>(() => ({
    model: Boolean(models.data.value?.results.length),
    device: Boolean(devices.data.value?.length),
    convert: Boolean(jobs.data.value?.results.some((job) => job.kind === 'convert')),
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
