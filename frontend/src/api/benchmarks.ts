import { api, unwrap, type Schemas } from './client'
import type { paths } from './schema'

export type Figure = Schemas['FigureRow']
export type FigurePage = Schemas['FigurePage']
export type FigureQuery = NonNullable<paths['/api/v1/benchmarks']['get']['parameters']['query']>

export function fetchFigures(query: FigureQuery): Promise<FigurePage> {
  return unwrap(api.GET('/api/v1/benchmarks', { params: { query } }))
}
