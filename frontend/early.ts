import type { Plugin, Rolldown } from 'vite'

const PAGES = { models: /\/ModelsPage\.vue$/, model: /\/ModelPage\.vue$/ }
const WORDS = /\/(ko|en)\.json\?(first|rest)$/
const TAG = 'src="/early.js"'

/** The files of a chunk that the entry does not bring, with what it imports. */
function filesOf(chunk: Rolldown.OutputChunk, bundle: Rolldown.OutputBundle): string[] {
  const found = new Set<string>()
  const add = (file: string) => {
    const part = bundle[file]
    if (part?.type !== 'chunk' || part.isEntry || found.has(file)) return
    found.add(file)
    part.imports.forEach(add)
  }
  add(chunk.fileName)
  return [...found]
}

/** What `public/early.js` may ask for at once: by page, by language, and the fonts of a language. */
function earlyFiles(bundle: Rolldown.OutputBundle): Record<string, string[]> {
  const early: Record<string, string[]> = {}
  const keep = (name: string, files: string[]) =>
    (early[name] = [...(early[name] ?? []), ...files.map((file) => `/${file}`)])
  for (const part of Object.values(bundle)) {
    const id = part.type === 'chunk' ? part.facadeModuleId : null
    if (part.type !== 'chunk' || !id) continue
    for (const [page, pattern] of Object.entries(PAGES))
      if (pattern.test(id)) keep(page, filesOf(part, bundle))
    const [, locale, cut] = WORDS.exec(id) ?? []
    if (locale) keep(cut === 'rest' ? `${locale}-rest` : locale, filesOf(part, bundle))
  }
  const fonts = Object.keys(bundle).filter((file) => /\/(?:latin|hangul)-.*\.woff2$/.test(file))
  for (const file of fonts) {
    keep('ko', [file])
    if (file.includes('/latin-')) keep('en', [file])
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
