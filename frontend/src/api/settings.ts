import type { Model } from './catalog'
import { api, unwrap, type Schemas } from './client'

const at = ({ owner, name }: Model) => ({ params: { path: { owner, name } } })

export function changeModel(model: Model, body: Schemas['PatchedModelInRequest']): Promise<Model> {
  return unwrap(api.PATCH('/api/v1/models/{owner}/{name}', { ...at(model), body }))
}

export function moveModel(model: Model, owner: string, name: string): Promise<Model> {
  const body = { owner, name }
  return unwrap(api.POST('/api/v1/models/{owner}/{name}/move', { ...at(model), body }))
}

export function deleteModel(model: Model) {
  return unwrap(api.DELETE('/api/v1/models/{owner}/{name}', at(model)))
}
