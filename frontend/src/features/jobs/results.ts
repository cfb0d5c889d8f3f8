import type { JobDetail } from '@/api/jobs'

export interface Converted {
  samples: number
  agreement: number
  mean_difference: number
  accuracy: number | null
  source_accuracy: number | null
}

export interface Measured {
  p50: number
  low: number
  high: number
  p90: number
  verdict: string
  reasons: string[]
}

/** A job's result is free in form; a kind's own is recognised by what it cannot lack. */
export function converted(job: JobDetail): Converted | null {
  return 'agreement' in job.result ? (job.result as unknown as Converted) : null
}

export function measured(job: JobDetail): Measured | null {
  return 'p50' in job.result ? (job.result as unknown as Measured) : null
}
