/** A number, and the ends between which it would lie were it taken again. */
export interface Spread {
  value: number
  low: number
  high: number
}

/** The best of several, followed by those whose spreads overlap its own: as good, for all we know. */
export function leaders<T extends Spread>(rows: T[], better: 'low' | 'high'): T[] {
  const sign = better === 'low' ? 1 : -1
  const [first, ...rest] = [...rows].sort((one, other) => sign * (one.value - other.value))
  if (!first) return []
  return [first, ...rest.filter((row) => row.low <= first.high && row.high >= first.low)]
}

/** Of a normal distribution, what 95 % lie within. */
const Z = 1.96

/** A share of so many samples with its 95 % interval, after Wilson (1927). */
export function shareSpread(value: number, samples: number): Spread {
  const noise = (Z * Z) / samples
  const middle = (value + noise / 2) / (1 + noise)
  const width = (Z / (1 + noise)) * Math.sqrt((value * (1 - value)) / samples + noise / samples / 4)
  return { value, low: middle - width, high: middle + width }
}
