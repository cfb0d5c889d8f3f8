import { computed, ref } from 'vue'

const DEVICE_KEY = 'ondol.device'
const LIMIT_KEY = 'ondol.latency-limit'
/** Thirty pictures in a second. */
const USUAL_LIMIT_MS = 33

/** The device somebody looks for models for; `names` is what figures call it, the surest first. */
export interface MyDevice {
  label: string
  kind: string
  names: string[]
}

const isDevice = (value: unknown): value is MyDevice =>
  typeof value === 'object' &&
  value !== null &&
  'label' in value &&
  typeof value.label === 'string' &&
  'kind' in value &&
  typeof value.kind === 'string' &&
  'names' in value &&
  Array.isArray(value.names) &&
  value.names.every((name) => typeof name === 'string')

const isLimit = (value: unknown): value is number => typeof value === 'number' && value > 0

function kept<T>(key: string, isGood: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    return isGood(value) ? value : null
  } catch {
    return null
  }
}

const device = ref(kept(DEVICE_KEY, isDevice))
const limit = ref(kept(LIMIT_KEY, isLimit))

/** This browser's device and the milliseconds that a model may take on it. */
export function useMyDevice() {
  function keep(key: string, value: MyDevice | number | null) {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(value))
  }
  function chooseLimit(next: number | null) {
    limit.value = next
    keep(LIMIT_KEY, next)
  }
  return {
    device: computed(() => device.value),
    limit: computed(() => limit.value),
    /** What lists and searches ask with, so that rows show figures of this device. */
    asked: computed(() => (device.value ? { for_device: device.value.names } : {})),
    chooseDevice(next: MyDevice | null) {
      // Rows say at once what fits; the limit beside the device is there to be changed.
      if (next && !device.value && !limit.value) chooseLimit(USUAL_LIMIT_MS)
      device.value = next
      keep(DEVICE_KEY, next)
    },
    chooseLimit,
  }
}
