import 'virtual:ui-font.css'

const OWN = 'Ondol Sans'
const LOOK_AFTER_MS = 200

/** The letters of the portal's own font, as its faces say. */
function ownLetters(): Set<number> {
  const own = new Set<number>()
  for (const face of document.fonts) {
    if (!face.family.includes(OWN)) continue
    for (const range of face.unicodeRange.split(',')) {
      const [first = 0, last = first] = range
        .trim()
        .replace(/^U\+/i, '')
        .split('-')
        .map((hex) => parseInt(hex, 16))
      for (let letter = first; letter <= last; letter += 1) own.add(letter)
    }
  }
  return own
}

/** Brings the whole fonts with the first letter that people wrote and the portal does not say. */
function watchLetters() {
  const own = ownLetters()
  let due: ReturnType<typeof setTimeout> | undefined
  const isOther = (letter: string) => letter > ' ' && !own.has(letter.codePointAt(0) ?? 0)
  const look = () => {
    const typed = [...document.querySelectorAll('input, textarea')].map((field) =>
      'value' in field ? String(field.value) : '',
    )
    if (![...document.body.textContent, ...typed.join('')].some(isOther)) return
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
sessionStorage.setItem('ondol.letters', 'here')
watchLetters()
