import { gzipSync } from 'node:zlib'
import type { Plugin, Rolldown } from 'vite'

const KB = 1024
const LEVEL = 9
/**
 * Kilobytes, compressed. `first` is the script of the list of models in the heavier language, `whole`
 * all files of that view: script, style and both parts of the font.
 */
export const LIMITS = { first: 95, whole: 180, charts: 220, graph: 90, other: 40 }
type Part = keyof typeof LIMITS
/** Chunks with a library that is worth its weight; each comes with the one page that needs it. */
const HEAVY: [RegExp, Part][] = [
  [/chart/i, 'charts'],
  [/^GraphDrawing/, 'graph'],
]

export interface Weight {
  part: Part
  file: string
  kilobytes: number
  limit: number
}

const weightOf = (text: string | Uint8Array) => gzipSync(text, { level: LEVEL }).length / KB

function firstView(chunks: Map<string, Rolldown.OutputChunk>): Set<string> {
  const files = new Set<string>()
  const add = (file: string) => {
    const chunk = chunks.get(file)
    if (!chunk || files.has(file)) return
    files.add(file)
    chunk.imports.forEach(add)
  }
  for (const chunk of chunks.values()) if (chunk.isEntry) add(chunk.fileName)
  return files
}

/** What the style of every page and the font of `uiFont.ts` weigh. */
function dressOf(bundle: Rolldown.OutputBundle): number {
  return Object.values(bundle)
    .filter((file) => file.type === 'asset')
    .filter(({ fileName }) =>
      /\/(?:(?:index|letters)-.*\.css|(?:latin|hangul)-.*\.woff2)$/.test(fileName),
    )
    .reduce((all, { source }) => all + weightOf(source), 0)
}

/** What each chunk weighs against its limit, the first view as one. */
export function weigh(bundle: Rolldown.OutputBundle): Weight[] {
  const chunks = new Map(
    Object.values(bundle)
      .filter((file) => file.type === 'chunk')
      .map((chunk) => [chunk.fileName, chunk]),
  )
  const first = firstView(chunks)
  const sizes = new Map([...chunks].map(([file, chunk]) => [file, weightOf(chunk.code)]))
  const sum = [...first].reduce((all, file) => all + (sizes.get(file) ?? 0), 0)
  const locales = [...chunks.values()].filter((chunk) => chunk.facadeModuleId?.endsWith('?first'))
  const locale = Math.max(0, ...locales.map((chunk) => sizes.get(chunk.fileName) ?? 0))
  const script = sum + locale
  const whole = script + dressOf(bundle)
  const rows: Weight[] = [
    { part: 'first', file: 'first view', kilobytes: script, limit: LIMITS.first },
    {
      part: 'whole',
      file: 'first view with style and font',
      kilobytes: whole,
      limit: LIMITS.whole,
    },
  ]
  for (const [file, kilobytes] of sizes) {
    if (first.has(file)) continue
    const name = chunks.get(file)?.name ?? file
    const part = HEAVY.find(([words]) => words.test(name))?.[1] ?? 'other'
    rows.push({ part, file: name, kilobytes, limit: LIMITS[part] })
  }
  return rows.sort((one, other) => other.kilobytes / other.limit - one.kilobytes / one.limit)
}

/** Fails a build that grew over its budget, and leaves what everything weighs in `weights.json`. */
export const budget: Plugin = {
  name: 'budget',
  apply: 'build',
  generateBundle(_, bundle) {
    const rows = weigh(bundle)
    this.emitFile({ type: 'asset', fileName: 'weights.json', source: JSON.stringify(rows) })
    const over = rows.filter((row) => row.kilobytes > row.limit)
    if (!over.length) return
    const told = over.map(
      ({ file, kilobytes, limit }) => `${file}: ${kilobytes.toFixed(1)} kB, limit ${limit} kB`,
    )
    this.error(`Over the size budget (frontend/budget.ts):\n${told.join('\n')}`)
  },
}
