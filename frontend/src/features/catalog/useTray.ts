import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { MOST_COMPARED } from '@/lib/compared'

/** The models put aside for comparison; like every choice of a list, they live in its address. */
export function useTray() {
  const route = useRoute()
  const router = useRouter()
  const tray = computed(() =>
    [route.query['compare'] ?? []].flat().filter((id): id is string => Boolean(id)),
  )
  const put = (ids: string[]) => {
    const rest = Object.entries(route.query).filter(([name]) => name !== 'compare')
    const query = Object.fromEntries(ids.length ? [...rest, ['compare', ids] as const] : rest)
    void router.replace({ query })
  }

  return {
    tray,
    full: computed(() => tray.value.length >= MOST_COMPARED),
    toggle: (id: string) => {
      put(tray.value.includes(id) ? tray.value.filter((one) => one !== id) : [...tray.value, id])
    },
    clear: () => {
      put([])
    },
  }
}
