import { describe, expect, it } from 'vitest'
import { compare, isEqual, placesOf, type Column } from './comparison'
import type { Model } from '@/api/catalog'
import type { Artifact } from '@/api/model'

const figure = (device: string, p50: number, source: 'measured' | 'published' = 'published') => ({
  device: source === 'measured' ? device : '',
  profile: source === 'published' ? device : '',
  engine: 'onnxruntime',
  p50_ms: p50,
  low_ms: source === 'measured' ? p50 - 0.1 : null,
  high_ms: source === 'measured' ? p50 + 0.1 : null,
  p95_ms: null,
  compute_unit: '',
  peak_memory_bytes: null,
  source,
  verdict: '',
})
const column = (accuracy: number, metric: string, figures: Artifact['figures']): Column => {
  const artifact = {
    accuracy: { metric, value: accuracy, device: '', drop: null, evaluation_set: null },
    engines: ['onnxruntime'],
    format: 'onnx',
    precision: 'int8',
    size_bytes: 1000,
    figures,
  } as unknown as Artifact
  return { model: { license: 'MIT', task: '' } as Model, artifact, others: [artifact] }
}
const rowsOf = (columns: Column[], limit: number | null = null) =>
  compare(columns, { places: placesOf(columns), limit }, (key) => key).flatMap(
    (group) => group.rows,
  )
const row = (columns: Column[], key: string) => rowsOf(columns).find((one) => one.key === key)

describe('a comparison', () => {
  it('tells of each column how it stands to the baseline, and which is best', () => {
    const cells = row(
      [column(0.7, 'top1', [figure('pi', 10)]), column(0.75, 'top1', [figure('pi', 25)])],
      'at pi',
    )?.cells

    expect(cells?.map((cell) => cell.delta)).toEqual([undefined, '2.5×'])
    expect(cells?.map((cell) => cell.best)).toEqual([true, false])
  })

  it('never puts two metrics into one row', () => {
    const columns = [column(0.7, 'top1', []), column(41.5, 'mAP', [])]

    expect(row(columns, 'accuracy top1')?.cells.map((cell) => cell.text)).toEqual(['70.0', '–'])
    expect(row(columns, 'accuracy mAP')?.cells.map((cell) => cell.text)).toEqual(['–', '41.5'])
  })

  it('takes what was measured here before what a vendor says', () => {
    const columns = [column(0.7, 'top1', [figure('pi', 5), figure('pi', 9, 'measured')])]

    expect(row(columns, 'at pi')?.cells[0]).toMatchObject({ value: 9, source: 'measured' })
  })

  it('knows the rows in which all say the same', () => {
    const columns = [column(0.7, 'top1', []), column(0.75, 'top1', [])]

    expect(
      rowsOf(columns)
        .filter(isEqual)
        .map((one) => one.key),
    ).toContain('license')
    expect(rowsOf(columns).filter((one) => !isEqual(one))[0]?.key).toBe('accuracy top1')
  })

  it('marks as best all that the intervals do not tell apart', () => {
    const at = (p50: number) => column(0.7, 'top1', [figure('pi', p50, 'measured')])

    const cells = row([at(5), at(5.15), at(6)], 'at pi')?.cells

    expect(cells?.map((cell) => cell.best)).toEqual([true, true, false])
  })

  it('holds each against the limit, device by device, and judges nothing without a figure', () => {
    const columns = [column(0.7, 'top1', [figure('pi', 10)]), column(0.75, 'top1', [])]

    const fits = rowsOf(columns, 33).find(({ key }) => key === 'fits pi')?.cells

    expect(fits?.map((cell) => [cell.text, cell.source])).toEqual([
      ['models.fits 30 %', 'published'],
      ['–', undefined],
    ])
    expect(rowsOf(columns).some(({ key }) => key.startsWith('fits'))).toBe(false)
  })
})
