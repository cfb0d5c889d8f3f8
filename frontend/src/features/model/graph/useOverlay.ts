import { computed, ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { errors, errorsOf } from './errors'
import { sizes, times, timesOf, type Overlay } from './overlays'
import type { Graph, GraphNode, OperatorErrors, OperatorTimes } from '@/api/model'
import { formName } from '@/lib/jobWords'

/** What the boxes show besides their class, and which of several measurements it is of. */
export function useOverlay(
  graph: Ref<Graph>,
  nodes: Ref<readonly GraphNode[]>,
  tables: { times: Ref<readonly OperatorTimes[]>; errors: Ref<readonly OperatorErrors[]> },
) {
  const { t } = useI18n()
  const overlay = ref<Overlay>('class')
  const options = computed(() => [
    { value: 'class' as const, label: t('graph.byClass') },
    { value: 'time' as const, label: t('graph.byTime') },
    { value: 'size' as const, label: t('graph.bySize') },
    { value: 'error' as const, label: t('graph.byError') },
  ])

  const timed = computed(() => timesOf(nodes.value, tables.times.value))
  const benchmark = ref(0)
  const time = computed(
    () => timed.value.find(({ table }) => table.benchmark === benchmark.value) ?? timed.value[0],
  )
  const costed = computed(() => errorsOf(nodes.value, tables.errors.value))
  const artifact = ref(0)
  /** What was chosen, else that of the file in view, else the newest. */
  const error = computed(
    () =>
      [artifact.value, graph.value.artifact]
        .map((wanted) => costed.value.find(({ table }) => table.artifact === wanted))
        .find(Boolean) ?? costed.value[0],
  )

  /** The measurements to choose among, where there are several. */
  const measurements = computed(() => {
    if (overlay.value === 'time')
      return timed.value.map(({ table }) => ({
        value: table.benchmark,
        label: `${table.device} · ${formName(table)} · ${t('bar.threads', { count: table.threads })}`,
      }))
    if (overlay.value !== 'error') return []
    return costed.value.map(({ table }) => ({
      value: table.artifact,
      label: `${formName(table)} · ${t('graph.ofJob', { job: table.job })}`,
    }))
  })
  const measured = computed({
    get: () =>
      (overlay.value === 'time' ? time.value?.table.benchmark : error.value?.table.artifact) ?? 0,
    set: (chosen) => {
      if (overlay.value === 'time') benchmark.value = chosen
      else artifact.value = chosen
    },
  })
  const measure = computed(() => {
    if (overlay.value === 'size') return sizes(t('graph.parameters'))
    if (overlay.value === 'time') return time.value ? times(time.value) : null
    return overlay.value === 'error' && error.value ? errors(error.value) : null
  })
  return { overlay, options, measurements, measured, measure, time, error }
}
