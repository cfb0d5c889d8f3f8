import type { Device } from '@/api/devices'
import { sizeText } from '@/lib/format'

/** What a device is, in a line: `Raspberry Pi 5, 4 cores, 8.00 GB`. */
export function boardOf(
  device: Device,
  t: (key: string, values: Record<string, number>) => string,
): string {
  const { cpu, cores, ram_bytes: ram } = device.passport
  const parts = [
    device.profile?.name ?? cpu,
    cores ? t('device.cores', { count: cores }) : '',
    ram ? sizeText(ram) : '',
  ]
  return parts.filter(Boolean).join(', ')
}
