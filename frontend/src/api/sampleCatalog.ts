import { api, unwrap, type Schemas } from './client'

export type SampleState = Schemas['SampleStateOut']

export function fetchSampleState(): Promise<SampleState> {
  return unwrap(api.GET('/api/v1/sample-catalog'))
}

export function loadSample(): Promise<SampleState> {
  return unwrap(api.POST('/api/v1/sample-catalog'))
}
