import { computed } from 'vue'
import { useRoute, type LocationQuery } from 'vue-router'

/** What the list of models is narrowed to; it lives in the address and nowhere else. */
export function useModelFilters() {
  const route = useRoute()

  const text = (name: string): string => {
    const value = route.query[name]
    return typeof value === 'string' ? value : ''
  }
  const contexts = computed(() =>
    [route.query['context'] ?? []].flat().filter((slug): slug is string => Boolean(slug)),
  )
  const limit = computed(() => {
    const value = Number(text('max_latency_ms'))
    return Number.isFinite(value) && value > 0 ? value : null
  })

  /** The address with one filter changed; an empty value takes it away. */
  function having(name: string, value: string | string[]): LocationQuery {
    const rest = Object.entries(route.query).filter(([key]) => key !== name)
    return Object.fromEntries(value.length ? [...rest, [name, value]] : rest)
  }

  return {
    q: computed(() => text('q')),
    serviceType: computed(() => text('service_type')),
    format: computed(() => text('format')),
    contexts,
    limit,
    having,
    wanted: computed(() => ({
      ...(text('service_type') ? { service_type: text('service_type') } : {}),
      ...(contexts.value.length ? { context: contexts.value } : {}),
      ...(text('format') ? { format: text('format') } : {}),
      ...(limit.value ? { max_latency_ms: limit.value } : {}),
    })),
  }
}
