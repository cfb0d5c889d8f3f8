import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, ref, watch, type Ref } from 'vue'
import { fetchSuggestions, type Suggestion } from '@/api/catalog'

const PAUSE_MS = 90

/** What may complete the text of the search box, and which row the arrow keys stand on. */
export function useSuggestions(text: Ref<string>, scope: Ref<'models' | 'contexts'>) {
  const open = ref(false)
  const active = ref(-1)
  const asked = ref('')
  let pause: ReturnType<typeof setTimeout> | undefined

  watch(text, (value) => {
    clearTimeout(pause)
    active.value = -1
    pause = setTimeout(() => (asked.value = value.trim()), PAUSE_MS)
  })
  const query = useQuery({
    queryKey: ['models', 'suggest', asked, scope],
    queryFn: () => fetchSuggestions(asked.value, scope.value === 'contexts' ? 'contexts' : 'all'),
    enabled: computed(() => open.value && asked.value.length > 0),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  })
  const rows = computed<Suggestion[]>(() => (text.value.trim() ? (query.data.value ?? []) : []))

  function move(step: 1 | -1) {
    open.value = true
    const places = rows.value.length + 1
    // One place before the first row is the text itself.
    active.value = ((active.value + 1 + step + places) % places) - 1
  }
  function close() {
    open.value = false
    active.value = -1
  }
  return {
    rows,
    active,
    open,
    shown: computed(() => open.value && rows.value.length > 0),
    move,
    close,
  }
}
