import { api, unwrap, type Schemas } from './client'

export type FirstSteps = Schemas['FirstStepsOut']

export function fetchFirstSteps(): Promise<FirstSteps> {
  return unwrap(api.GET('/api/v1/first-steps'))
}
