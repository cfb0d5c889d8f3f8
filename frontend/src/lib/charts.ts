import { LineChart, ScatterChart } from 'echarts/charts'
import { AriaComponent, GridComponent } from 'echarts/components'
import { init, use, type EChartsType } from 'echarts/core'
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers'

/** The parts of the chart library that pages draw with, as one chunk that none but they load. */
use([ScatterChart, LineChart, GridComponent, AriaComponent, SVGRenderer, CanvasRenderer])

export { init, type EChartsType }
export { tokens } from '@/tokens'
