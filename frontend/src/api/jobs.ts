import { api, Refusal, unwrap, type Schemas } from './client'
import type { paths } from './schema'

export type Job = Schemas['JobOut']
export type JobDetail = Schemas['JobDetailOut']
export type JobState = Schemas['JobState']

const ENDED: readonly JobState[] = ['succeeded', 'failed', 'cancelled', 'expired', 'quarantined']

export function hasEnded(job: { state: JobState }): boolean {
  return ENDED.includes(job.state)
}

export type JobFilters = NonNullable<paths['/api/v1/jobs']['get']['parameters']['query']>

export function fetchJobs(filters: JobFilters) {
  return unwrap(api.GET('/api/v1/jobs', { params: { query: filters } }))
}

export function fetchJob(job_id: number): Promise<JobDetail> {
  return unwrap(api.GET('/api/v1/jobs/{job_id}', { params: { path: { job_id } } }))
}

export function cancelJob(job_id: number): Promise<JobDetail> {
  return unwrap(api.POST('/api/v1/jobs/{job_id}/cancel', { params: { path: { job_id } } }))
}

export function retryJob(job_id: number): Promise<JobDetail> {
  return unwrap(api.POST('/api/v1/jobs/{job_id}/retry', { params: { path: { job_id } } }))
}

export function submitJob(body: Schemas['JobInRequest']): Promise<JobDetail> {
  return unwrap(api.POST('/api/v1/jobs', { body }))
}

/** A part of a job's log from a byte on, and the size of the whole. */
export async function fetchLog(
  job_id: number,
  offset: number,
): Promise<{ bytes: Uint8Array; size: number }> {
  const response = await fetch(`/api/v1/jobs/${job_id}/log?offset=${offset}`)
  if (!response.ok) throw new Refusal(response.status, 'fault', response.statusText, {}, '')
  const bytes = new Uint8Array(await response.arrayBuffer())
  return { bytes, size: Number(response.headers.get('X-Log-Size')) }
}
