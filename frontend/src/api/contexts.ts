import { api, unwrap, type Schemas } from './client'

export type ContextDetail = Schemas['ContextDetailOut']
export type ContextChanges = Schemas['PatchedContextInRequest']
export type NewContext = Schemas['NewContextInRequest']
export type EmptySearch = Schemas['EmptySearchOut']
export type Tie = Schemas['RelatedOut']
export type Kind = Schemas['ContextKind']

export const KINDS: Kind[] = [
  'situation',
  'object',
  'place',
  'task',
  'modality',
  'constraint',
  'design',
  'compression',
  'hardware',
]
const of = (slug: string) => ({ params: { path: { slug } } })
const ofSearch = (search_id: number) => ({ params: { path: { search_id } } })

export function fetchContext(slug: string): Promise<ContextDetail> {
  return unwrap(api.GET('/api/v1/contexts/{slug}', of(slug)))
}

export function createContext(body: NewContext): Promise<ContextDetail> {
  return unwrap(api.POST('/api/v1/contexts', { body }))
}

export function changeContext(slug: string, body: ContextChanges): Promise<ContextDetail> {
  return unwrap(api.PATCH('/api/v1/contexts/{slug}', { ...of(slug), body }))
}

export function deleteContext(slug: string) {
  return unwrap(api.DELETE('/api/v1/contexts/{slug}', of(slug)))
}

export function mergeContext(slug: string, into: string): Promise<ContextDetail> {
  return unwrap(api.POST('/api/v1/contexts/{slug}/merge', { ...of(slug), body: { into } }))
}

export function bringBack(slug: string): Promise<ContextDetail> {
  return unwrap(api.DELETE('/api/v1/contexts/{slug}/merge', of(slug)))
}

const ofTie = (slug: string, other: string) => ({ params: { path: { slug, other } } })
const TIE = '/api/v1/contexts/{slug}/related/{other}'

export async function tieContexts(slug: string, other: string, weight: number): Promise<Tie[]> {
  return (await unwrap(api.PUT(TIE, { ...ofTie(slug, other), body: { weight } }))).results
}

export async function untieContexts(slug: string, other: string): Promise<Tie[]> {
  return (await unwrap(api.DELETE(TIE, ofTie(slug, other)))).results
}

export function importVocabulary(text: string) {
  return unwrap(api.PUT('/api/v1/vocabulary', { body: { text } }))
}

export async function fetchEmptySearches(): Promise<EmptySearch[]> {
  return (await unwrap(api.GET('/api/v1/empty-searches'))).results
}

export function answerEmptySearch(id: number, context: string) {
  return unwrap(
    api.POST('/api/v1/empty-searches/{search_id}', { ...ofSearch(id), body: { context } }),
  )
}

export function proposeEmptySearch(id: number) {
  return unwrap(api.POST('/api/v1/empty-searches/{search_id}', { ...ofSearch(id), body: {} }))
}

export function dismissEmptySearch(id: number) {
  return unwrap(api.DELETE('/api/v1/empty-searches/{search_id}', ofSearch(id)))
}
