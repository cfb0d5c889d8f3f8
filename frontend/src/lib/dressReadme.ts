/** What a README needs that the server leaves to the browser; each library comes only if used. */

async function colourCode(blocks: HTMLElement[]) {
  const { highlighter } = await import('./highlighter')
  for (const block of blocks) {
    const language = block.className.replace('language-', '')
    if (highlighter.getLanguage(language)) highlighter.highlightElement(block)
  }
}

async function setFormulas(formulas: HTMLElement[]) {
  const { default: temml } = await import('temml')
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
