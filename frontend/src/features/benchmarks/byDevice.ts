import type { Figure } from '@/api/benchmarks'

export interface DeviceGroup {
  device: string
  rows: Figure[]
}

/** Figures device by device, in the order in which they came; one's own device comes first. */
export function byDevice(rows: Figure[], mine: string): DeviceGroup[] {
  const groups = new Map<string, Figure[]>()
  for (const row of rows) groups.set(row.device, [...(groups.get(row.device) ?? []), row])
  const found = [...groups].map(([device, some]) => ({ device, rows: some }))
  return found.sort((one, other) => Number(other.device === mine) - Number(one.device === mine))
}
