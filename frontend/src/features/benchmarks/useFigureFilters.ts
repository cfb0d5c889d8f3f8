import { computed } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'
import type { FigureQuery } from '@/api/benchmarks'

export const TRAITS = ['device', 'engine', 'precision', 'task', 'source', 'metric'] as const
export const LIMITS = ['max_p50_ms', 'max_p95_ms', 'min_accuracy'] as const
type Trait = (typeof TRAITS)[number]
type Limit = (typeof LIMITS)[number]
export type FigureFilter = Trait | Limit | 'find' | 'sort' | 'view'

/** What the figures are narrowed to; it lives in the address and nowhere else. */
export function useFigureFilters() {
  const route = useRoute()
  const router = useRouter()
  const text = (name: FigureFilter) => {
    const value = route.query[name]
    return typeof value === 'string' ? value : ''
  }
  const number = (name: Limit) => {
    const value = Number(text(name))
    return text(name) && Number.isFinite(value) && value >= 0 ? value : null
  }

  function having(name: FigureFilter, value: string): LocationQuery {
    // An accuracy is a number of one metric: without it the limit says nothing.
    const gone = name === 'metric' ? [name, 'min_accuracy'] : [name]
    const rest = Object.entries(route.query).filter(([key]) => !gone.includes(key))
    return Object.fromEntries(value ? [...rest, [name, value]] : rest)
  }

  return {
    text,
    having,
    number,
    put: (name: FigureFilter, value: string) => void router.replace({ query: having(name, value) }),
    wanted: computed((): FigureQuery => {
      const traits = Object.fromEntries(
        TRAITS.flatMap((name) => (text(name) ? [[name, [text(name)]]] : [])),
      )
      const words = {
        ...(text('find') ? { q: text('find') } : {}),
        ...(text('sort') ? { sort: text('sort') as NonNullable<FigureQuery['sort']> } : {}),
      }
      const limits = Object.fromEntries(
        LIMITS.flatMap((name) => {
          const value = name === 'min_accuracy' && !text('metric') ? null : number(name)
          return value === null ? [] : [[name, value]]
        }),
      )
      return { ...traits, ...words, ...limits }
    }),
    chosen: computed(() => [...TRAITS, ...LIMITS, 'find' as const].filter((name) => text(name))),
  }
}
