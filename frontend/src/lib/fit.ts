/** How a latency stands to a limit; what is over 80 % of it is tight. */
export interface Fit {
  word: 'fits' | 'tight' | 'over'
  share: number
}

export interface Latency {
  p50_ms: number
  high_ms: number | null
  source: string
}

const TIGHT = 0.8

/** Judges by the median; an estimate has to fit with the high end of its range. */
export function fitOf(latency: Latency, limit_ms: number): Fit {
  const at = latency.source === 'predicted' ? (latency.high_ms ?? latency.p50_ms) : latency.p50_ms
  const share = at / limit_ms
  return { share, word: share > 1 ? 'over' : share > TIGHT ? 'tight' : 'fits' }
}

/** A share as people read it: 10 %, and 6.2× where it is over. */
export function shareText(share: number): string {
  if (share > 1) return `${share >= 9.95 ? share.toFixed(0) : share.toFixed(1)}×`
  return share < 0.01 ? '< 1 %' : `${Math.round(share * 100)} %`
}

interface Figure extends Latency {
  device: string
  profile: string
}

/** The figure to show: of the first of these names that has any the fastest, one measured first. */
export function figureFor<T extends Figure>(figures: T[], names: string[]): T | undefined {
  const best = (some: T[]) => {
    const here = some.filter((row) => row.source === 'measured')
    return [...(here.length ? here : some)].sort((one, other) => one.p50_ms - other.p50_ms)[0]
  }
  if (!names.length) return best(figures)
  const name = names.find((one) => figures.some((row) => row.device === one || row.profile === one))
  return best(figures.filter((row) => row.device === name || row.profile === name))
}
