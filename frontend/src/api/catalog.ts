import { api, unwrap, type Schemas } from './client'
import type { paths } from './schema'

export type ServiceType = Schemas['ServiceTypeOut']
export type Board = Schemas['BoardOut']
export type Context = Schemas['ContextOut']
export type ContextRow = Schemas['ContextRow']
export type Group = Schemas['ModelGroup']
export type ModelRow = Schemas['ModelRow']
export type Model = Schemas['ModelOut']
export type SearchAnswer = Schemas['SearchOut']
export type Found = Schemas['FoundOut']
export type NewModel = Schemas['NewModelInRequest']

export async function fetchServiceTypes(): Promise<ServiceType[]> {
  return (await unwrap(api.GET('/api/v1/service-types'))).results
}

export async function fetchBoards(): Promise<Board[]> {
  return (await unwrap(api.GET('/api/v1/boards'))).results
}

/** Contexts of which a label or alias holds `q`, the most used first; all of them by default. */
export async function fetchContexts(q: string, limit?: number): Promise<ContextRow[]> {
  const query = { q, ...(limit ? { limit } : {}) }
  return (await unwrap(api.GET('/api/v1/contexts', { params: { query } }))).results
}

export async function fetchRelated(slug: string) {
  const params = { path: { slug } }
  return (await unwrap(api.GET('/api/v1/contexts/{slug}/related', { params }))).results
}

export interface ModelFilters {
  q?: string
  service_type?: string
  context?: string[]
  format?: string
  max_latency_ms?: number
  for_device?: string[]
  cursor?: string
  limit?: number
}

type Query = NonNullable<paths['/api/v1/models']['get']['parameters']['query']>

export function fetchModels(filters: ModelFilters) {
  return unwrap(api.GET('/api/v1/models', { params: { query: filters as Query } }))
}

/** The newest models of each service type that has any. */
export async function fetchGroups(device: Pick<ModelFilters, 'for_device'>): Promise<Group[]> {
  const params = { query: device }
  return (await unwrap(api.GET('/api/v1/model-groups', { params }))).results
}

export function fetchModel(owner: string, name: string): Promise<Model> {
  return unwrap(api.GET('/api/v1/models/{owner}/{name}', { params: { path: { owner, name } } }))
}

export function registerModel(body: NewModel): Promise<Model> {
  return unwrap(api.POST('/api/v1/models', { body }))
}

export async function isNameFree(owner: string, name: string): Promise<boolean> {
  const params = { query: { owner, name } }
  return (await unwrap(api.GET('/api/v1/model-names', { params }))).available
}

export type Facet = SearchAnswer['facets'][number]
export type SearchQuery = NonNullable<paths['/api/v1/search']['get']['parameters']['query']>
export type Suggestion = Schemas['SuggestionOut']

export function searchModels(query: SearchQuery): Promise<SearchAnswer> {
  return unwrap(api.GET('/api/v1/search', { params: { query } }))
}

export async function fetchSuggestions(
  q: string,
  scope: 'all' | 'contexts',
): Promise<Suggestion[]> {
  const params = { query: { q, scope } }
  return (await unwrap(api.GET('/api/v1/search/suggest', { params }))).results
}
