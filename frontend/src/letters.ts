import 'virtual:ui-font.css'
import { afterPaint } from './lib/afterPaint'

const OWN = /Ondol (?:Sans|Hangul)/
const HANGUL = /Ondol Hangul/
/** Faces of the device that have all of Hangul; see `styles.css`. */
const LOCAL = 'Ondol Local'
const LOOK_AFTER_MS = 200

/** The ranges of letters that the portal or the device has, as their faces say. */
function ownLetters(): [number, number][] {
  const own: [number, number][] = []
  for (const face of document.fonts) {
    const has = OWN.test(face.family) || (face.family.includes(LOCAL) && face.status === 'loaded')
    if (!has) continue
    for (const range of face.unicodeRange.split(',')) {
      const [first = 0, last = first] = range
        .trim()
        .replace(/^U\+/i, '')
        .split('-')
        .map((hex) => parseInt(hex, 16))
      own.push([first, last])
    }
  }
  return own
}

/** Brings the whole fonts with the first letter that people wrote and the portal does not say. */
function watchLetters() {
  let due: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    const own = ownLetters()
    const isOther = (letter: string) => {
      const point = letter.codePointAt(0) ?? 0
      return letter > ' ' && !own.some(([first, last]) => first <= point && point <= last)
    }
    const typed = [...document.querySelectorAll('input, textarea')].map((field) =>
      'value' in field ? String(field.value) : '',
    )
    if (![...new Set(document.body.textContent + typed.join(''))].some(isOther)) return
    seen.disconnect()
    removeEventListener('input', later)
    void import('./fonts')
  }
  const later = () => {
    clearTimeout(due)
    due = setTimeout(look, LOOK_AFTER_MS)
  }
  const seen = new MutationObserver(later)
  seen.observe(document.body, { childList: true, characterData: true, subtree: true })
  addEventListener('input', later)
  later()
}

// Kept for `public/early.js`: a page that this tab opens next has the letters from the start.
afterPaint(() => {
  void document.fonts.ready.then((faces) => {
    const hangul = [...faces].some((face) => HANGUL.test(face.family) && face.status === 'loaded')
    sessionStorage.setItem('ondol.letters', hangul ? 'hangul' : 'latin')
  })
})
watchLetters()
