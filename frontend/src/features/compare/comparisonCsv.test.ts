import { expect, it } from 'vitest'
import type { Column } from './comparison'
import { comparisonCsv } from './comparisonCsv'

const column = (id: string) =>
  ({ model: { id }, artifact: { format: 'onnx', precision: 'int8' } }) as unknown as Column

it('writes a line per cell with its number, unit and source, and no formula', () => {
  const cells = [
    {
      value: 38.6 - 32,
      text: '6.60',
      unit: 'ms',
      source: 'published' as const,
      note: 'LiteRT, NPU',
    },
    { value: null, text: '–' },
  ]
  const groups = [{ title: 'Typical "latency"', rows: [{ key: 'a', label: '=board', cells }] }]

  expect(comparisonCsv([column('a/b'), column('c/d')], groups).split('\r\n')).toEqual([
    'group,row,model,device_file,value,shown,unit,source,note',
    '"Typical ""latency""",\'=board,a/b,ONNX int8,6.6,6.60,ms,published,"LiteRT, NPU"',
    '',
  ])
})
