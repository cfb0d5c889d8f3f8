/** What a README needs that the server leaves to the browser; each library comes only if used. */

/** What `Element.innerHTML` takes where the content policy asks for trusted types. */
interface Policy {
  createHTML: (html: string) => string
}
declare global {
  interface Window {
    trustedTypes?: { createPolicy: (name: string, rules: Policy) => Policy }
  }
}

const COLOURS: Policy = {
  /** Lets through what the highlighter makes, spans with classes, and nothing else. */
  createHTML: (html) => {
    if (/<(?!\/span>|span class="[\w -]*">)/.test(html))
      throw new Error('This is no coloured code.')
    return html
  },
}
let colours: Policy | undefined

async function colourCode(blocks: HTMLElement[]) {
  const { highlighter } = await import('./highlighter')
  colours ??= window.trustedTypes?.createPolicy('ondol', COLOURS) ?? COLOURS
  for (const block of blocks) {
    const language = block.className.replace('language-', '')
    if (!highlighter.getLanguage(language)) continue
    const { value } = highlighter.highlight(block.textContent, { language })
    block.innerHTML = colours.createHTML(value)
    block.classList.add('hljs')
  }
}

async function setFormulas(formulas: HTMLElement[]) {
  const chemical = formulas.some(({ textContent }) => /\\(?:ce|pu)\b/.test(textContent))
  const [{ default: temml }] = await Promise.all([
    import('./formulas'),
    chemical ? import('temml/contrib/mhchem/mhchem.js') : undefined,
  ])
  for (const formula of formulas) {
    const tex = formula.textContent.trim()
    formula.title = tex
    // A formula that cannot be set stays as it was written.
    temml.render(tex, formula, {
      displayMode: formula.classList.contains('block'),
      throwOnError: false,
      trust: false,
      maxSize: [20, 20],
      maxExpand: 200,
    })
  }
}

/** Colours code, sets formulas, and makes what scrolls sideways reachable without a mouse. */
export async function dressReadme(root: HTMLElement): Promise<void> {
  for (const part of root.querySelectorAll<HTMLElement>('pre, table')) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0
  }
  const blocks = [...root.querySelectorAll<HTMLElement>('pre code[class^=language-]')]
  const formulas = [...root.querySelectorAll<HTMLElement>('.math')]
  await Promise.all([
    blocks.length ? colourCode(blocks) : undefined,
    formulas.length ? setFormulas(formulas) : undefined,
  ])
}
