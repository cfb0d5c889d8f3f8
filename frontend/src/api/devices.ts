import { api, unwrap, type Schemas } from './client'

export type Device = Schemas['DeviceOut']
export type DeviceProfile = Schemas['ProfileOut']
export type NewRunner = Schemas['NewRunnerOut']
export type DeviceChange = Schemas['PatchedDeviceInRequest']

const at = (device_id: string) => ({ params: { path: { device_id } } })
const runner = (runner_id: string) => ({ params: { path: { runner_id } } })

export async function fetchDevices(): Promise<Device[]> {
  return (await unwrap(api.GET('/api/v1/devices'))).results
}

/** Devices whose runner was revoked: they are not attached any more, but have jobs. */
export async function fetchFormerDevices(): Promise<Device[]> {
  const params = { query: { runner: 'revoked' } } as const
  return (await unwrap(api.GET('/api/v1/devices', { params }))).results
}

export async function fetchProfiles(): Promise<DeviceProfile[]> {
  return (await unwrap(api.GET('/api/v1/device-profiles'))).results
}

export function fetchDevice(id: string): Promise<Device> {
  return unwrap(api.GET('/api/v1/devices/{device_id}', at(id)))
}

export function changeDevice(id: string, body: DeviceChange): Promise<Device> {
  return unwrap(api.PATCH('/api/v1/devices/{device_id}', { ...at(id), body }))
}

export function reserveDevice(id: string, until: Date): Promise<Device> {
  const body = { until: until.toISOString() }
  return unwrap(api.PUT('/api/v1/devices/{device_id}/reservation', { ...at(id), body }))
}

export function releaseDevice(id: string) {
  return unwrap(api.DELETE('/api/v1/devices/{device_id}/reservation', at(id)))
}

export function inviteRunner(name: string): Promise<NewRunner> {
  return unwrap(api.POST('/api/v1/runners', { body: { name } }))
}

export function fetchRunner(id: string) {
  return unwrap(api.GET('/api/v1/runners/{runner_id}', runner(id)))
}

export function revokeRunner(id: string) {
  return unwrap(api.DELETE('/api/v1/runners/{runner_id}', runner(id)))
}
