/** Names that are the same in every language, and the choice between two languages of one thing. */

export const ENGINE_NAMES: Record<string, string> = {
  pytorch: 'PyTorch',
  onnxruntime: 'ONNX Runtime',
  openvino: 'OpenVINO',
  litert: 'LiteRT',
  qnn: 'QNN',
}

export const FORMAT_NAMES: Record<string, string> = {
  pytorch: 'PyTorch',
  torch_export: 'PyTorch export',
  safetensors: 'safetensors',
  onnx: 'ONNX',
  openvino: 'OpenVINO',
  tflite: 'LiteRT',
  gguf: 'GGUF',
  qnn_dlc: 'QNN',
  qnn_context: 'QNN context',
  qnn_onnx: 'ONNX + QNN',
  markdown: 'Markdown',
  json: 'JSON',
}

const METRICS = new Set(['top1', 'map50_95', 'cosine', 'angular_error'])

/** The name of a metric: translated where it is ours, a vendor's as it is. */
export function metricName(metric: string, t: (key: string) => string): string {
  const word = metric.replaceAll(' ', '_')
  return METRICS.has(word) ? t(`metric.${word}`) : metric
}

interface Labelled {
  slug: string
  label_ko: string
  label_en: string
}

export function contextLabel(context: Labelled, locale: string): string {
  const [first, second] =
    locale === 'ko' ? [context.label_ko, context.label_en] : [context.label_en, context.label_ko]
  return first || second || context.slug
}

/** What a language of a model card is called; cards name some by words of their own. */
export function languageName(code: string, locale: string): string {
  if (!/^[a-z]{2,3}$/.test(code)) return code
  return new Intl.DisplayNames(locale, { type: 'language' }).of(code) ?? code
}
