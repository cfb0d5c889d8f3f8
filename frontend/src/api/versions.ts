import { api, unwrap, type Schemas } from './client'

export type Ref = Schemas['RefOut']
export type RefWithMoves = Schemas['RefWithMovesOut']
export type Revision = Schemas['RevisionOut']
export type Changed = Schemas['ChangedOut']
export type FileChange = Schemas['FileChangeOut']
export type LineageNode = Schemas['LineageNodeOut']

interface Place {
  owner: string
  name: string
}

export async function fetchRefs(path: Place): Promise<Ref[]> {
  return (await unwrap(api.GET('/api/v1/models/{owner}/{name}/refs', { params: { path } }))).results
}

export function fetchRef(place: Place, ref: string): Promise<RefWithMoves> {
  const params = { path: { ...place, ref } }
  return unwrap(api.GET('/api/v1/models/{owner}/{name}/refs/{ref}', { params }))
}

export function nameRevision(place: Place, kind: Ref['kind'], name: string, revision: string) {
  const body = { kind, name, revision }
  return unwrap(api.POST('/api/v1/models/{owner}/{name}/refs', { params: { path: place }, body }))
}

export function moveAlias(place: Place, ref: string, revision: string) {
  const params = { path: { ...place, ref } }
  return unwrap(
    api.PATCH('/api/v1/models/{owner}/{name}/refs/{ref}', { params, body: { revision } }),
  )
}

export function dropRef(place: Place, ref: string) {
  const params = { path: { ...place, ref } }
  return unwrap(api.DELETE('/api/v1/models/{owner}/{name}/refs/{ref}', { params }))
}

export function fetchRevisions(path: Place, query: { ref: string; cursor?: string }) {
  return unwrap(api.GET('/api/v1/models/{owner}/{name}/revisions', { params: { path, query } }))
}

export async function fetchDiff(path: Place, before: string, after: string): Promise<Changed[]> {
  const params = { path, query: { before, after } }
  return (await unwrap(api.GET('/api/v1/models/{owner}/{name}/diff', { params }))).results
}

export function fetchFileHistory(
  place: Place,
  query: { path: string; ref: string; cursor?: string },
) {
  const params = { path: place, query }
  return unwrap(api.GET('/api/v1/models/{owner}/{name}/file-history', { params }))
}

export function restoreRevision(place: Place, ref: string, branch: string, parent: string) {
  const params = { path: { ...place, ref } }
  const body = { branch, parent }
  return unwrap(api.POST('/api/v1/models/{owner}/{name}/revisions/{ref}/restore', { params, body }))
}

export function deleteRevision(place: Place, ref: string) {
  const params = { path: { ...place, ref } }
  return unwrap(api.DELETE('/api/v1/models/{owner}/{name}/revisions/{ref}', { params }))
}

export async function fetchLineage(path: Place): Promise<LineageNode[]> {
  return (await unwrap(api.GET('/api/v1/models/{owner}/{name}/lineage', { params: { path } })))
    .results
}
