import type { Plugin, Rolldown } from 'vite'

const PAGES = { models: /\/ModelsPage\.vue$/, model: /\/ModelPage\.vue$/ }
const WORDS = /\/(ko|en)\.json\?(first|model|rest)$/
const TAG = 'src="/early.js"'

/** Chunks with all that they import. */
function withImports(chunks: Rolldown.OutputChunk[], bundle: Rolldown.OutputBundle): Set<string> {
  const found = new Set<string>()
  const add = (file: string) => {
    const part = bundle[file]
    if (part?.type !== 'chunk' || found.has(file)) return
    found.add(file)
    part.imports.forEach(add)
  }
  for (const chunk of chunks) add(chunk.fileName)
  return found
}

const stylesOf = (part?: Rolldown.OutputAsset | Rolldown.OutputChunk) =>
  part?.type === 'chunk' ? [...(part.viteMetadata?.importedCss ?? [])] : []

/** What `public/early.js` may ask for at once: by page, by language, and the letters of a language. */
function earlyFiles(bundle: Rolldown.OutputBundle): Record<string, string[]> {
  const early: Record<string, string[]> = {}
  const keep = (name: string, files: string[]) =>
    (early[name] = [...(early[name] ?? []), ...files.map((file) => `/${file}`)])
  const chunks = Object.values(bundle).filter((part) => part.type === 'chunk')
  const first = withImports(
    chunks.filter((chunk) => chunk.isEntry),
    bundle,
  )
  for (const chunk of chunks) {
    const id = chunk.facadeModuleId ?? ''
    const scripts = [...withImports([chunk], bundle)].filter((file) => !first.has(file))
    const files = [...scripts, ...scripts.flatMap((file) => stylesOf(bundle[file]))]
    for (const [page, pattern] of Object.entries(PAGES)) if (pattern.test(id)) keep(page, files)
    const [, locale, cut] = WORDS.exec(id) ?? []
    if (locale) keep(`${locale}-${cut}`, files)
  }
  for (const file of Object.keys(bundle)) {
    if (/\/letters-.*\.css$/.test(file)) keep('letters', [file])
    if (/\/latin-.*\.woff2$/.test(file)) keep('letters', [file])
    if (/\/hangul-.*\.woff2$/.test(file)) keep('hangul', [file])
  }
  return early
}

/** Tells the script that runs first which files a page needs, so that none waits for another. */
export const early: Plugin = {
  name: 'early',
  transformIndexHtml: {
    order: 'post',
    handler: (html, { bundle }) => {
      if (!bundle) return html
      if (!html.includes(TAG)) throw new Error(`index.html no longer has ${TAG}.`)
      const files = JSON.stringify(earlyFiles(bundle)).replaceAll('"', '&quot;')
      return html.replace(TAG, `${TAG} data-files="${files}"`)
    },
  },
}
