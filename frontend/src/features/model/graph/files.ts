import type { Graph } from '@/api/model'
import { formName } from '@/lib/jobWords'

/** What a device file is called whose weights are in such a file. */
const FORM_OF: Record<string, string> = { safetensors: 'pytorch' }

/** The files of a model to choose among, each as its device file is called. */
export function filesOf(choices: Graph['choices']) {
  return choices.map((one) => ({
    value: one.artifact ?? null,
    label: one.artifact
      ? formName({ format: FORM_OF[one.format] ?? one.format, precision: one.precision })
      : one.path,
  }))
}
