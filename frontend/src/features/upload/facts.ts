import type { UploadState } from '@/api/uploads'
import { parametersText, shapeText } from '@/lib/format'
import { FORMAT_NAMES } from '@/lib/words'

interface Port {
  name: string
  shape: (number | string)[]
}

interface Known {
  opset?: number
  inputs?: Port[]
  outputs?: Port[]
  parameters?: number
}

const shapes = (ports: Port[]) => ports.map((port) => shapeText(port.shape)).join(', ')

/** What a reader learned of a model file, as pairs of a name and a value. */
export function factsOf(
  finding: UploadState['finding'] | undefined,
  t: (key: string) => string,
): [string, string][] {
  if (!finding || finding.status !== 'accepted' || !(finding.format in FORMAT_NAMES)) return []
  const { opset, inputs, outputs, parameters } = finding.facts as Known
  const format = FORMAT_NAMES[finding.format] ?? finding.format
  const rows: [string, string][] = [
    [t('register.format'), opset ? `${format}, opset ${opset}` : format],
  ]
  if (inputs?.length) rows.push([t('register.inputs'), shapes(inputs)])
  if (outputs?.length) rows.push([t('register.outputs'), shapes(outputs)])
  if (parameters) rows.push([t('register.parameters'), parametersText(parameters)])
  return rows
}
