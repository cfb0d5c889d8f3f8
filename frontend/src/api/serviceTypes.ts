import { api, unwrap, type Schemas } from './client'

export type ServiceTypeChanges = Schemas['PatchedServiceTypeInRequest']
export type NewServiceType = Schemas['NewServiceTypeInRequest']

const of = (slug: string) => ({ params: { path: { service_type: slug } } })
const ONE = '/api/v1/service-types/{service_type}'

export function createServiceType(body: NewServiceType) {
  return unwrap(api.POST('/api/v1/service-types', { body }))
}

export function changeServiceType(slug: string, body: ServiceTypeChanges) {
  return unwrap(api.PATCH(ONE, { ...of(slug), body }))
}

export function deleteServiceType(slug: string) {
  return unwrap(api.DELETE(ONE, of(slug)))
}
