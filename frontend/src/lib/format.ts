/** Numbers and times as people of a language write them. */

function scaled(count: number, units: string[]): [string, string] {
  let value = count
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return [unit === 0 ? String(value) : value.toPrecision(3), units[unit] ?? '']
}

export function bytes(count: number | null): [string, string] {
  return count === null ? ['–', ''] : scaled(count, ['B', 'kB', 'MB', 'GB', 'TB'])
}

/** How many parameters a network has, as people of the field say it: 25.6 M. */
export function parametersText(count: number): string {
  return scaled(count, ['', 'K', 'M', 'B']).join(' ').trim()
}

/** Sizes that the file leaves open are question marks, whatever shape inference calls them. */
export function shapeText(sizes: readonly (number | string)[]): string {
  return sizes.map((size) => (/^(-1|unk__\d+)$/.test(String(size)) ? '?' : size)).join('×')
}

/** A size as `Amount` takes it. */
export function sizeOf(count: number | null): { value: string; unit: string } {
  const [value, unit] = bytes(count)
  return { value, unit }
}

export function sizeText(count: number | null): string {
  return bytes(count).join(' ').trim()
}

/** A whole number with its thousands set apart, as both languages do; without `Intl`, as `ago`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** Milliseconds with three figures: 0.213, 8.20, 204; seconds of them as 4,076. */
export function ms(value: number): string {
  if (value >= 100) return grouped(Math.round(value))
  if (value >= 10) return value.toFixed(1)
  return value >= 1 ? value.toFixed(2) : value.toFixed(3)
}

/** Half an interval with the two figures that it deserves. */
function spread(value: number): string {
  if (value >= 10) return value.toFixed(0)
  if (value >= 1) return value.toFixed(1)
  return String(Number(value.toPrecision(value >= 0.01 ? 2 : 1)))
}

export function percent(value: number): string {
  return (value * 100).toFixed(1)
}

/** A change in points, with its sign: +0.2, −0.4. */
export function change(value: number): string {
  const text = percent(Math.abs(value))
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`
}

const SHARES = new Set(['top1', 'map50_95'])

/** Whether a metric of ours is a share of one, which people read in percent. */
export function isShare(metric: string): boolean {
  return SHARES.has(metric)
}

/** A result as its metric is read: shares as 97.1, a cosine as 0.9981, a vendor's as it said. */
export function accuracyText(accuracy: { metric: string; value: number }): string {
  if (isShare(accuracy.metric)) return percent(accuracy.value)
  return accuracy.metric === 'cosine' ? accuracy.value.toFixed(4) : threeFigures(accuracy.value)
}

/** Figures that end in noughts keep them: 32.0 was measured as finely as 31.7. */
function threeFigures(value: number): string {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3)
}

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** A small quantity with two figures: 0.019, and 1.3 × 10⁻⁸ rather than its row of noughts. */
export function tiny(value: number): string {
  if (value === 0 || Math.abs(value) >= 0.001) return String(Number(value.toPrecision(2)))
  const [figures = '', power = ''] = value.toExponential(1).split('e-')
  return `${figures} × 10⁻${[...power].map((digit) => RAISED[Number(digit)]).join('')}`
}

/** Half the width of an interval, as ± shows it. */
export function half(low: number | null, high: number | null): string | null {
  return low === null || high === null ? null : spread((high - low) / 2)
}

/** Seconds of a year, a month, a week, a day, an hour, and a minute. */
const STEPS = [31_536_000, 2_592_000, 604_800, 86_400, 3600, 60]

/** One of each step of the past, and several. */
const PAST: Record<string, [string, string][]> = {
  en: [
    ['last yr.', ' yr. ago'],
    ['last mo.', ' mo. ago'],
    ['last wk.', ' wk. ago'],
    ['yesterday', ' days ago'],
    ['1 hr. ago', ' hr. ago'],
    ['1 min. ago', ' min. ago'],
  ],
  ko: [
    ['작년', '년 전'],
    ['지난달', '개월 전'],
    ['지난주', '주 전'],
    ['어제', '일 전'],
    ['1시간 전', '시간 전'],
    ['1분 전', '분 전'],
  ],
}

/**
 * How long ago something was, in the reader's words. They stand here because the first word that a
 * browser's own `Intl` says takes a slow phone a tenth of a second.
 */
export function ago(iso: string, locale: string, now = Date.now()): string {
  const seconds = (now - new Date(iso).getTime()) / 1000
  const step = STEPS.findIndex((length) => seconds >= length)
  const [one, more] = (PAST[locale] ?? PAST['en'])?.[step] ?? [locale === 'ko' ? '지금' : 'now', '']
  const count = Math.round(seconds / (STEPS[step] ?? Infinity))
  return count > 1 ? `${count}${more}` : one
}

/** A span as 3 s, 1 m 06 s, 2 h 05 m. */
export function span(from: string, to: string | null, locale: string, now = Date.now()): string {
  const end = to ? new Date(to).getTime() : now
  return duration(Math.max(0, Math.round((end - new Date(from).getTime()) / 1000)), locale)
}

const ENGLISH = { h: ' h', m: ' m', s: ' s', places: 2 }
const KOREAN = { h: '시간', m: '분', s: '초', places: 1 }

/** Seconds as 3 s, 1 m 06 s, 2 h 05 m; in Korean as 3초, 1분 6초, 2시간 5분. */
export function duration(seconds: number, locale: string): string {
  const { h, m, s, places } = locale === 'ko' ? KOREAN : ENGLISH
  if (seconds < 1) return locale === 'ko' ? '1초 미만' : '< 1 s'
  if (seconds < 60) return `${seconds}${s}`
  const pad = (value: number) => String(value).padStart(places, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${m} ${pad(seconds % 60)}${s}`
  return `${Math.floor(seconds / 3600)}${h} ${pad(Math.floor((seconds % 3600) / 60))}${m}`
}
