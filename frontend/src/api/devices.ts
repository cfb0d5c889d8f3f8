import { api, unwrap, type Schemas } from './client'

export type Device = Schemas['DeviceOut']
export type NewRunner = Schemas['NewRunnerOut']

export async function fetchDevices(): Promise<Device[]> {
  return (await unwrap(api.GET('/api/v1/devices'))).results
}

export function inviteRunner(name: string): Promise<NewRunner> {
  return unwrap(api.POST('/api/v1/runners', { body: { name } }))
}

export function fetchRunner(runner_id: string) {
  return unwrap(api.GET('/api/v1/runners/{runner_id}', { params: { path: { runner_id } } }))
}
