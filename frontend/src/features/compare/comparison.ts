import type { Model } from '@/api/catalog'
import type { Artifact } from '@/api/model'
import { leaders } from './leaders'
import { accuracyText, bytes, change, half, isShare, ms } from '@/lib/format'
import { fitOf, shareText, type Latency } from '@/lib/fit'
import { licenseName } from '@/lib/licenses'
import { ENGINE_NAMES, FORMAT_NAMES, metricName } from '@/lib/words'

type FigureSource = Artifact['figures'][number]['source']

export interface Column {
  model: Model
  artifact: Artifact
  /** The other device files that the column may show. */
  others: Artifact[]
}

export interface Cell {
  value: number | null
  text: string
  unit?: string
  note?: string
  source?: FigureSource
  verdict?: string
  /** Against the baseline: `2.6×`, `+6.2`. */
  delta?: string
  /** The length of the bar, from 0 to 1. */
  share?: number
  best?: boolean
  /** The ends of the interval, where one was measured. */
  low?: number
  high?: number
  /** What is held against a limit of milliseconds. */
  fit?: { latency: Latency; limit: number }
}

export interface Row {
  key: string
  label: string
  sub?: string
  cells: Cell[]
}

export interface Group {
  title: string
  rows: Row[]
}

type Words = (key: string, values?: Record<string, string>) => string
const NONE: Cell = { value: null, text: '–' }

/** Draws each number of a row against the largest, and marks the best and what is as good. */
function measured(row: Row, better: 'low' | 'high'): Row {
  const values = row.cells.flatMap((cell) => cell.value ?? [])
  const most = Math.max(...values.map(Math.abs))
  const spreads = row.cells.flatMap((cell, at) => {
    const { value, low, high } = cell
    return value === null ? [] : { at, value, low: low ?? value, high: high ?? value }
  })
  const best = new Set(leaders(spreads, better).map(({ at }) => at))
  const cells = row.cells.map((cell, at) =>
    cell.value === null
      ? cell
      : {
          ...cell,
          share: most ? Math.abs(cell.value) / most : 0,
          best: values.length > 1 && best.has(at),
        },
  )
  return { ...row, cells }
}

/** Says of every cell but the first how it stands to the first. */
function against(row: Row, say: (value: number, base: number) => string): Row {
  const base = row.cells[0]?.value
  if (base == null) return row
  const cells = row.cells.map((cell, index) =>
    index && cell.value !== null ? { ...cell, delta: say(cell.value, base) } : cell,
  )
  return { ...row, cells }
}

/** A change as its metric is read: shares in points, a vendor's as it counts. */
function gainText(metric: string, gain: number): string {
  if (isShare(metric)) return change(gain)
  return `${gain < 0 ? '−' : '+'}${Number(Math.abs(gain).toPrecision(3))}`
}

function accuracyRows(columns: Column[], t: Words): Row[] {
  const metrics = [...new Set(columns.flatMap(({ artifact }) => artifact.accuracy?.metric ?? []))]
  const rows = metrics.map((metric) => {
    const cells = columns.map(({ artifact: { accuracy } }) => {
      if (accuracy?.metric !== metric) return NONE
      const note = accuracy.device
      return { value: accuracy.value, text: accuracyText(accuracy), ...(note ? { note } : {}) }
    })
    const row = { key: `accuracy ${metric}`, label: metricName(metric, t), cells }
    return measured(
      against(row, (value, base) => gainText(metric, value - base)),
      'high',
    )
  })
  const drops = columns.map(({ artifact: { accuracy } }) =>
    accuracy?.drop == null
      ? NONE
      : { value: -accuracy.drop, text: gainText(accuracy.metric, -accuracy.drop) },
  )
  if (drops.some((cell) => cell.value !== null))
    rows.push({ key: 'drop', label: t('compare.drop'), cells: drops })
  return rows
}

/** Each place where one of the columns has a figure, the best covered first. */
export function placesOf(columns: Column[]): string[] {
  const covered = new Map<string, number>()
  for (const { artifact } of columns) {
    const here = new Set(artifact.figures.map((figure) => figure.device || figure.profile))
    for (const place of here) covered.set(place, (covered.get(place) ?? 0) + 1)
  }
  return [...covered]
    .sort(([one, many], [other, more]) => more - many || one.localeCompare(other))
    .map(([place]) => place)
}

/** The figure of a file in a place: what was measured comes before what a vendor says. */
export function figureAt(artifact: Artifact, place: string) {
  return artifact.figures
    .filter((figure) => (figure.device || figure.profile) === place)
    .sort(
      (one, other) =>
        Number(other.source === 'measured') - Number(one.source === 'measured') ||
        one.p50_ms - other.p50_ms,
    )[0]
}

function latencyRow(columns: Column[], place: string): Row {
  const cells = columns.map(({ artifact }): Cell => {
    const figure = figureAt(artifact, place)
    if (!figure) return NONE
    const width = half(figure.low_ms, figure.high_ms)
    return {
      value: figure.p50_ms,
      text: ms(figure.p50_ms),
      unit: 'ms',
      source: figure.source,
      verdict: figure.verdict,
      low: figure.low_ms ?? figure.p50_ms,
      high: figure.high_ms ?? figure.p50_ms,
      note: [
        width && `±${width}`,
        ENGINE_NAMES[figure.engine] ?? figure.engine,
        figure.compute_unit,
      ]
        .filter(Boolean)
        .join(' · '),
    }
  })
  const row = against(
    { key: `at ${place}`, label: place, cells },
    (value, base) => `${(value / base).toFixed(1)}×`,
  )
  return measured(row, 'low')
}

/** How each stands to the limit on a device: what has no figure there is not judged. */
function fitRow(columns: Column[], place: string, limit: number, t: Words): Row {
  const cells = columns.map(({ artifact }): Cell => {
    const figure = figureAt(artifact, place)
    if (!figure) return NONE
    const { word, share } = fitOf(figure, limit)
    const text = `${t(`models.${word}`)} ${shareText(share)}`
    return { value: share, text, source: figure.source, fit: { latency: figure, limit } }
  })
  return { key: `fits ${place}`, label: place, cells }
}

function amount(count: number | null): Cell {
  const [text, unit] = bytes(count)
  return count === null ? NONE : { value: count, text, unit }
}

function sizeRows(columns: Column[], t: Words): Row[] {
  const peak = columns.map(({ artifact }) => {
    const known = artifact.figures.flatMap((figure) => figure.peak_memory_bytes ?? [])
    return amount(known.length ? Math.max(...known) : null)
  })
  const delta = (value: number, base: number) => {
    const sign = value < base ? '−' : '+'
    return `${sign}${bytes(Math.abs(value - base)).join(' ')}`
  }
  const rows = [
    {
      key: 'size',
      label: t('models.size'),
      cells: columns.map(({ artifact }) => amount(artifact.size_bytes)),
    },
    { key: 'memory', label: t('bench.memory'), cells: peak },
  ]
  return rows
    .filter((row) => row.cells.some((cell) => cell.value !== null))
    .map((row) => measured(against(row, delta), 'low'))
}

function termRows(columns: Column[], t: Words): Row[] {
  const row = (key: string, label: string, of: (column: Column) => string): Row => ({
    key,
    label,
    cells: columns.map((column) => ({ value: null, text: of(column) || '–' })),
  })
  return [
    row('license', t('compare.license'), ({ model }) => licenseName(model.license)),
    row('task', t('compare.task'), ({ model }) => model.task),
    row(
      'format',
      t('compare.format'),
      ({ artifact }) => FORMAT_NAMES[artifact.format] ?? artifact.format,
    ),
    row('precision', t('compare.precision'), ({ artifact }) => artifact.precision),
    row('engines', t('bench.engine'), ({ artifact }) =>
      artifact.engines.map((engine) => ENGINE_NAMES[engine] ?? engine).join(', '),
    ),
  ]
}

/** Whether all columns say the same: what `differences only` leaves out. */
export function isEqual(row: Row): boolean {
  const said = row.cells.map((cell) => `${cell.text} ${cell.unit ?? ''} ${cell.source ?? ''}`)
  return new Set(said).size === 1
}

interface Asked {
  places: string[]
  limit: number | null
}

export function compare(columns: Column[], { places, limit }: Asked, t: Words): Group[] {
  return [
    { title: t('models.accuracy'), rows: accuracyRows(columns, t) },
    { title: t('models.latency'), rows: places.map((place) => latencyRow(columns, place)) },
    {
      title: t('compare.fits', { limit: String(limit) }),
      rows: limit ? places.map((place) => fitRow(columns, place, limit, t)) : [],
    },
    { title: t('compare.size'), rows: sizeRows(columns, t) },
    { title: t('compare.terms'), rows: termRows(columns, t) },
  ].filter((group) => group.rows.length)
}
