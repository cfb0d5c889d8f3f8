import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import type { Benchmark } from '@/api/model'

/** Of each device file, engine and number of threads the newest measurement, device by device. */
export function useBarFigures(
  benchmarks: MaybeRefOrGetter<Benchmark[]>,
  wantedDevice: MaybeRefOrGetter<string>,
  wantedRun: MaybeRefOrGetter<number | null>,
) {
  const devices = computed(() => [...new Set(toValue(benchmarks).map((row) => row.device))])
  const device = computed(() => {
    const wanted = toValue(wantedDevice)
    return devices.value.includes(wanted) ? wanted : (devices.value[0] ?? '')
  })
  const runs = computed(() => {
    const newest = new Map<string, Benchmark>()
    for (const row of toValue(benchmarks)) {
      const key = `${row.artifact} ${row.engine} ${row.threads}`
      if (row.device === device.value && !newest.has(key)) newest.set(key, row)
    }
    return [...newest.values()].sort((one, other) => one.p50_ms - other.p50_ms)
  })
  const run = computed(
    () => runs.value.find((row) => row.id === toValue(wantedRun)) ?? runs.value[0],
  )
  return { devices, device, runs, run }
}
