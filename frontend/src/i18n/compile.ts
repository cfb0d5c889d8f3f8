interface Values {
  named(name: string): unknown
}

/** Both forms of a Korean particle behind a Hangul word, which may stand in quotation marks. */
const PARTICLE = /([가-힣])([’”]?)(?:([을이은과])\(([를가는와])\)|\(으\)로)/g
const SYLLABLES_FROM = 0xac00
const TAILS = 28
const RIEUL = 8

/** Leaves the form that fits the end of the word: 단속을, 보행자를; 야간으로, 교실로. */
function fitParticle(_: string, last: string, quote: string, closed?: string, open?: string) {
  const tail = (last.charCodeAt(0) - SYLLABLES_FROM) % TAILS
  if (closed) return last + quote + (tail ? closed : open)
  return last + quote + (tail && tail !== RIEUL ? '으로' : '로')
}

/**
 * Our messages need two things only: `{name}` and "one | many" chosen by `{count}`, be it a number
 * or one that was written for a language already.
 * So the library's own parser, a tenth of the first view's script, stays out of the bundle.
 */
export function compileMessage(message: unknown): (values: Values) => string {
  const forms = String(message).split(' | ')
  return (values) => {
    const form = forms.length > 1 && String(values.named('count')) === '1' ? forms[0] : forms.at(-1)
    return (form ?? '')
      .replace(/\{(\w+)\}/g, (_, name: string) => String(values.named(name)))
      .replace(PARTICLE, fitParticle)
  }
}
