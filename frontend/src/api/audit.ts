import { api, unwrap, type Schemas } from './client'

export type AuditEvent = Schemas['AuditEventOut']
export type AuditPage = Schemas['AuditPage']
export type AuditChain = Schemas['AuditChainOut']
export type Outcome = AuditEvent['outcome']

export interface AuditFilter {
  actor?: string
  action?: string
  object?: string
  outcome?: Outcome
  since?: string
  before?: number
}

export function fetchAudit(query: AuditFilter): Promise<AuditPage> {
  return unwrap(api.GET('/api/v1/audit', { params: { query } }))
}

/** Checks the newest rows, or those that follow the first `skip` ones. */
export function fetchChain(skip?: number): Promise<AuditChain> {
  const query = skip === undefined ? {} : { skip }
  return unwrap(api.GET('/api/v1/audit/chain', { params: { query } }))
}

/** Where the rows of a filter are taken away as a file. */
export function exportPath(format: 'csv' | 'jsonl', filter: AuditFilter): string {
  const asked = new URLSearchParams({ format, ...filter, before: '' })
  asked.delete('before')
  return `/api/v1/audit/export?${asked.toString()}`
}
