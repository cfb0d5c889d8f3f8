import { figureAt, placesOf, type Column } from './comparison'
import { leaders, shareSpread, type Spread } from './leaders'

export interface Rated extends Spread {
  /** Which column. */
  at: number
}

/** Who leads: several where their spreads overlap; `next` is the best of those left behind. */
export interface Lead {
  best: Rated[]
  next: Rated | undefined
}

export interface Advice {
  /** Where the times were measured; nowhere, where no device has measured two of them. */
  place: string
  fastest: Lead | null
  accurate: (Lead & { samples: number }) | null
  smallest: Lead | null
  /** The columns of which `place` knows nothing measured. */
  unmeasured: number[]
}

/** Says which is best for what, from what was measured here alone: a vendor's word is no evidence. */
export function adviseOn(columns: Column[], mine: string[]): Advice {
  const measured = placesOf(columns)
    .map((place) => ({ place, rows: timesAt(columns, place) }))
    .sort((one, other) => other.rows.length - one.rows.length)
  const compared = measured.filter(({ rows }) => rows.length > 1)
  const chosen = compared.find(({ place }) => mine.includes(place)) ?? compared[0]
  const known = new Set((chosen ?? measured[0])?.rows.map(({ at }) => at))
  return {
    place: chosen?.place ?? '',
    fastest: leadOf(chosen?.rows ?? [], 'low'),
    accurate: accuracyLead(columns),
    smallest: leadOf(sizesOf(columns), 'low'),
    unmeasured: columns.flatMap((_, at) => (known.has(at) ? [] : at)),
  }
}

function leadOf(rows: Rated[], better: 'low' | 'high'): Lead | null {
  if (rows.length < 2) return null
  const best = leaders(rows, better)
  const [next] = leaders(
    rows.filter((row) => !best.includes(row)),
    better,
  )
  return { best, next }
}

function timesAt(columns: Column[], place: string): Rated[] {
  return columns.flatMap(({ artifact }, at) => {
    const figure = figureAt(artifact, place)
    if (figure?.source !== 'measured' || figure.low_ms === null || figure.high_ms === null)
      return []
    return { at, value: figure.p50_ms, low: figure.low_ms, high: figure.high_ms }
  })
}

/** Only what was told apart on the same samples, and by a metric whose spread can be counted. */
function accuracyLead(columns: Column[]): Advice['accurate'] {
  const sets = new Map<number, Rated[]>()
  columns.forEach(({ artifact: { accuracy } }, at) => {
    if (accuracy?.metric !== 'top1' || !accuracy.evaluation_set || !accuracy.samples) return
    const rows = sets.get(accuracy.evaluation_set) ?? []
    sets.set(accuracy.evaluation_set, [
      ...rows,
      { at, ...shareSpread(accuracy.value, accuracy.samples) },
    ])
  })
  const [widest = []] = [...sets.values()].sort((one, other) => other.length - one.length)
  const samples = columns[widest[0]?.at ?? 0]?.artifact.accuracy?.samples ?? 0
  const lead = leadOf(widest, 'high')
  return lead && { ...lead, samples }
}

function sizesOf(columns: Column[]): Rated[] {
  return columns.flatMap(({ artifact: { size_bytes: size } }, at) =>
    size === null ? [] : { at, value: size, low: size, high: size },
  )
}
