import { useQuery } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { fetchFirstSteps } from '@/api/firstSteps'

const KEY = 'ondol.firstSteps'

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
export function useFirstSteps(wanted: () => boolean = () => true) {
  const { data, isLoading, failureCount, refetch } = useQuery({
    queryKey: ['models', 'first-steps'],
    queryFn: fetchFirstSteps,
    enabled: computed(() => wanted() && !dismissed.value),
  })
  /** Only administrators invite: for everybody else the step is not there. */
  const steps = computed(() => {
    if (!data.value) return []
    const { model, device, convert, invite } = data.value
    return [model, device, convert, ...(invite === null ? [] : [invite])]
  })
  return {
    done: data,
    count: computed(() => steps.value.filter(Boolean).length),
    of: computed(() => steps.value.length),
    open: computed(() => !dismissed.value && steps.value.includes(false)),
    /** A list that could be shown waits for one answer, not until the last try has failed. */
    loading: computed(() => isLoading.value && failureCount.value === 0),
    refresh: refetch,
  }
}
