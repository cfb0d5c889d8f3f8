import { LineChart, ScatterChart } from 'echarts/charts'
import { AriaComponent, GridComponent } from 'echarts/components'
import { init, use, type EChartsType } from 'echarts/core'
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers'

/** The library empties its box by an empty HTML text: that is let through, and nothing else. */
const NOTHING = {
  createHTML: (html: string) => {
    if (html !== '') throw new Error('HTML is written only by who has a policy of their own.')
    return html
  },
}
window.trustedTypes?.createPolicy('default', NOTHING)

/** The parts of the chart library that pages draw with, as one chunk that none but they load. */
use([ScatterChart, LineChart, GridComponent, AriaComponent, SVGRenderer, CanvasRenderer])

export { init, type EChartsType }
export { tokens } from '@/tokens'
