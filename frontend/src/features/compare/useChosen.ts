import { computed } from 'vue'
import { useRoute, useRouter, type LocationQueryValue } from 'vue-router'
import { MOST_COMPARED } from '@/lib/compared'

export interface Chosen {
  owner: string
  name: string
  /** The device file, or the model's best where none is named. */
  artifact: number | null
}

function read(value: LocationQueryValue): Chosen[] {
  const [, owner, name, id] = /^([^/@]+)\/([^/@]+)(?:@(\d+))?$/.exec(value ?? '') ?? []
  return owner && name ? [{ owner, name, artifact: id ? Number(id) : null }] : []
}

const write = ({ owner, name, artifact }: Chosen) =>
  `${owner}/${name}${artifact === null ? '' : `@${artifact}`}`

/** What is compared, the baseline first; it lives in the address and nowhere else. */
export function useChosen() {
  const route = useRoute()
  const router = useRouter()
  const chosen = computed(() =>
    [route.query['m'] ?? []].flat().flatMap(read).slice(0, MOST_COMPARED),
  )
  const put = (rows: Chosen[]) =>
    void router.replace({ query: { ...route.query, m: rows.map(write) } })

  return {
    chosen,
    add: (row: Chosen) => {
      put([...chosen.value, row])
    },
    drop: (at: number) => {
      put(chosen.value.filter((_, index) => index !== at))
    },
    pin: (at: number) => {
      const row = chosen.value[at]
      if (row) put([row, ...chosen.value.filter((_, index) => index !== at)])
    },
    choose: (at: number, artifact: number) => {
      put(chosen.value.map((row, index) => (index === at ? { ...row, artifact } : row)))
    },
  }
}
