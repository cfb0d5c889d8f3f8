import type { Model } from './catalog'
import { api, unwrap, type Schemas } from './client'

const at = ({ owner, name }: Model) => ({ params: { path: { owner, name } } })

export type Collaborator = Schemas['CollaboratorOut']

export async function fetchCollaborators(model: Model): Promise<Collaborator[]> {
  return (await unwrap(api.GET('/api/v1/models/{owner}/{name}/collaborators', at(model)))).results
}

const of = ({ owner, name }: Model, username: string) => ({
  params: { path: { owner, name, username } },
})

export function letIn(model: Model, username: string, may_write: boolean): Promise<Collaborator> {
  const wanted = { ...of(model, username), body: { may_write } }
  return unwrap(api.PUT('/api/v1/models/{owner}/{name}/collaborators/{username}', wanted))
}

export function takeOut(model: Model, username: string) {
  const place = of(model, username)
  return unwrap(api.DELETE('/api/v1/models/{owner}/{name}/collaborators/{username}', place))
}

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
