import type { Figure } from '@/api/benchmarks'
import { accuracyText } from '@/lib/format'
import { ENGINE_NAMES, metricName } from '@/lib/words'

type Words = (key: string) => string

/** What people call a value of a filter. */
export function nameOf(trait: string, value: string, t: Words): string {
  if (trait === 'engine') return ENGINE_NAMES[value] ?? value
  if (trait === 'metric') return metricName(value, t)
  if (trait === 'source') return t(`source.${value}`)
  return value
}

/** The way a device file is chosen for comparison: `owner/name@12`. */
export const pickOf = (row: Figure) => `${row.model}@${row.artifact}`

export const accuracyOf = (row: Figure) => (row.accuracy ? accuracyText(row.accuracy) : '–')

/** Figures that no other beats in both time and accuracy, the fastest first. */
export function frontOf(rows: Figure[]): Figure[] {
  const front: Figure[] = []
  let best = -Infinity
  const ordered = [...rows].sort(
    (one, other) =>
      one.p50_ms - other.p50_ms || (other.accuracy?.value ?? 0) - (one.accuracy?.value ?? 0),
  )
  for (const row of ordered) {
    const value = row.accuracy?.value ?? -Infinity
    if (value <= best) continue
    best = value
    front.push(row)
  }
  return front
}
