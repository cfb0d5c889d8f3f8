interface Values {
  named(name: string): unknown
}

/**
 * Our messages need two things only: `{name}` and "one | many" chosen by `{count}`.
 * So the library's own parser, a tenth of the first view's script, stays out of the bundle.
 */
export function compileMessage(message: unknown): (values: Values) => string {
  const forms = String(message).split(' | ')
  return (values) => {
    const form = forms.length > 1 && values.named('count') === 1 ? forms[0] : forms.at(-1)
    return (form ?? '').replace(/\{(\w+)\}/g, (_, name: string) => String(values.named(name)))
  }
}
