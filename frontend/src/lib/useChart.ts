import { onBeforeUnmount, onMounted, watch, type Ref } from 'vue'
import { init, type EChartsType } from './charts'

type Options = Parameters<EChartsType['setOption']>[0]

/** Draws into a box for as long as it is there: anew with other options, fitted to another size. */
export function useChart(
  box: Readonly<Ref<HTMLElement | null>>,
  options: Readonly<Ref<unknown>>,
  renderer: 'canvas' | 'svg',
  begin?: (chart: EChartsType) => void,
) {
  let chart: EChartsType | undefined
  const draw = () => chart?.setOption(options.value as Options, true)
  const fitted = new ResizeObserver(() => chart?.resize())

  onMounted(() => {
    if (!box.value) return
    chart = init(box.value, null, { renderer })
    begin?.(chart)
    fitted.observe(box.value)
    draw()
  })
  watch(options, draw)
  onBeforeUnmount(() => {
    fitted.disconnect()
    chart?.dispose()
  })
}
