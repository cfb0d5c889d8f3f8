import { duration } from './format'
import { ENGINE_NAMES, FORMAT_NAMES } from './words'

interface Form {
  format: string
  precision: string
}

interface JobLike {
  kind: string
  engine: string
  device: string | null
  any_device: boolean
  abilities: string[]
  spec: Record<string, unknown>
}

export function formName(form: Form): string {
  return `${FORMAT_NAMES[form.format] ?? form.format} ${form.precision}`
}

/** The form that a conversion makes, or a measurement runs. */
export function formOf(job: JobLike): string {
  const form = (job.spec['target'] ?? job.spec['artifact']) as Partial<Form> | number | undefined
  if (typeof form !== 'object' || !form.format || !form.precision) return ''
  return formName({ format: form.format, precision: form.precision })
}

/** The device of a job, or what any device has to have that may take it. */
export function placeOf(
  job: JobLike,
  t: (key: string, values: Record<string, string>) => string,
): string {
  if (job.device || !job.any_device) return job.device ?? ''
  const needs = job.abilities.map((word) => needName(word, t))
  const what = [ENGINE_NAMES[job.engine] ?? job.engine, ...needs].join(', ')
  return t('measure.anyWith', { what })
}

function needName(
  word: string,
  t: (key: string, values: Record<string, string>) => string,
): string {
  const [, what, count, name] = /^(memory|cores)>=(\d+)$|^accelerator=(.+)$/.exec(word) ?? []
  if (what === 'memory' && count) return t('measure.hasMemory', { count })
  return what && count ? t('measure.hasCores', { count }) : (name ?? word)
}

/** What a job does, in the reader's words: `Conversion to ONNX int8`. */
export function purposeOf(
  job: JobLike,
  t: (key: string, values: Record<string, string>) => string,
): string {
  const values = {
    form: formOf(job),
    engine: ENGINE_NAMES[job.engine] ?? job.engine,
    device: placeOf(job, t) || '–',
  }
  return job.kind === 'benchmark' ? t('job.measures', values) : t('job.converts', values)
}

interface Outlook {
  queue_position: number | null
  eta: number | null
}

/** Where a job stood so long ago and when it may end now: `no. 3, about 2 m 10 s left`. */
export function placeInQueue(
  job: Outlook,
  t: (key: string, values: Record<string, string | number>) => string,
  locale: string,
  agoMs = 0,
): string {
  const place = job.queue_position === null ? '' : t('job.place', { place: job.queue_position })
  return [place, endOf(job, t, locale, agoMs)].filter(Boolean).join(', ')
}

function endOf(
  job: Outlook,
  t: (key: string, values: Record<string, string | number>) => string,
  locale: string,
  agoMs: number,
): string {
  if (job.eta === null) return ''
  const left = Math.round(job.eta - agoMs / 1000)
  return left > 0 ? t('job.eta', { left: duration(left, locale) }) : t('job.soon', {})
}
