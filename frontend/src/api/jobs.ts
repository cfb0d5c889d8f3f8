import { api, Refusal, unwrap, type Schemas } from './client'
import type { paths } from './schema'

export type Job = Schemas['JobOut']
export type JobDetail = Schemas['JobDetailOut']
export type JobState = Schemas['JobState']

/** The causes that a failure may have, in the order of a job's way. */
export const REASONS: readonly Schemas['FailureOut']['reason'][] = [
  'no_device',
  'engine_missing',
  'download_failed',
  'digest_mismatch',
  'load_failed',
  'unknown_architecture',
  'weights_do_not_fit',
  'unsupported_operator',
  'wrong_input',
  'wrong_input_shape',
  'calibration_missing',
  'run_failed',
  'out_of_memory',
  'out_of_disk',
  'timeout',
  'crashed',
  'tool_failed',
  'worker_lost',
  'bad_result',
  'unknown',
]
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

export type Urgency = JobDetail['urgency']

/** Changes when a waiting job's turn comes. */
export function setUrgency(job_id: number, urgency: Urgency): Promise<JobDetail> {
  const params = { path: { job_id } }
  return unwrap(api.PATCH('/api/v1/jobs/{job_id}', { params, body: { urgency } }))
}

export function retryJob(job_id: number): Promise<JobDetail> {
  return unwrap(api.POST('/api/v1/jobs/{job_id}/retry', { params: { path: { job_id } } }))
}

export function submitJob(body: Schemas['JobInRequest']): Promise<JobDetail> {
  return unwrap(api.POST('/api/v1/jobs', { body }))
}

/** Asks for a job's work once more, with what should be otherwise. */
export function repeatJob(job_id: number, body: Schemas['AgainInRequest']): Promise<JobDetail> {
  const params = { path: { job_id } }
  return unwrap(api.POST('/api/v1/jobs/{job_id}/again', { params, body }))
}

export type Fix = Schemas['FixOut']

/** What may help a failed job, best first. */
export function fetchFixes(job_id: number): Promise<Schemas['FixPage']> {
  return unwrap(api.GET('/api/v1/jobs/{job_id}/fixes', { params: { path: { job_id } } }))
}

export type FailedFilters = NonNullable<paths['/api/v1/jobs/failed']['get']['parameters']['query']>

/** The failed jobs of a list that can be run again and have not been. */
export function fetchFailed(filters: FailedFilters): Promise<Schemas['JobNumbers']> {
  return unwrap(api.GET('/api/v1/jobs/failed', { params: { query: filters } }))
}

/** Runs failed jobs again; answers with the new ones. */
export function rerunFailed(jobs: number[]): Promise<Schemas['JobNumbers']> {
  return unwrap(api.POST('/api/v1/jobs/failed', { body: { jobs } }))
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
