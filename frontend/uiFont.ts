import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, URL } from 'node:url'
import { convert } from 'fontverter'
import subsetFont from 'subset-font'
import type { Plugin } from 'vite'
import { FIRST } from './messages'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const SANS = path('node_modules/pretendard/dist/web/variable/woff2/PretendardVariable.woff2')
const MONO = path(
  'node_modules/@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2',
)
const FOLDER = path('node_modules/.cache/ui-font')
const KOREAN = path('src/i18n/ko.json')
const ENGLISH = path('src/i18n/en.json')
const VOCABULARY = path('../repository/vocabulary')
const ASCII = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => 32 + at))
const MONO_SIGNS = '…·–→×✓'
/** Hangul beyond the first view comes in slices: a page asks for those with letters on it. */
const SLICE = 32
/** The licenses keep the names for the whole fonts: a part has another. */
const LICENSE =
  '/*! Parts of Pretendard by Kil Hyung-jin and of JetBrains Mono, SIL Open Font License 1.1 */'
const isHangul = (letter: string) => /\p{Script=Hangul}/u.test(letter)

interface Face {
  name: string
  family: string
  file: string
  letters: string[]
}

/** Names of service types, or labels of contexts, as every portal begins with them. */
function vocabulary(field: string, folder: string): string {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'))
  const text = files.map((file) => readFileSync(`${folder}/${file}`, 'utf8')).join('')
  return [...text.matchAll(new RegExp(`${field}: ([^,}]+)`, 'g'))].map(([, name]) => name).join('')
}

/** Letters of a text, those it has most often first. */
function byCount(text: string): string[] {
  const counts = new Map<string, number>()
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  return [...counts]
    .sort(([one, many], [other, few]) => few - many || (one < other ? -1 : 1))
    .map(([letter]) => letter)
}

function faces(): Face[] {
  const korean = readFileSync(KOREAN, 'utf8')
  const said = [...new Set([...ASCII, ...korean, ...readFileSync(ENGLISH, 'utf8')])]
  const sections = Object.entries(JSON.parse(korean) as Record<string, unknown>)
  const early = sections.filter(([name]) => FIRST.includes(name))
  const first = new Set(
    [...JSON.stringify(early), ...vocabulary('name_ko', VOCABULARY)].filter(isHangul),
  )
  const labels = vocabulary('label_ko', `${VOCABULARY}/contexts`)
  const later = byCount(korean + labels).filter((one) => isHangul(one) && !first.has(one))
  const slices = Array.from({ length: Math.ceil(later.length / SLICE) }, (_, at) =>
    later.slice(at * SLICE, (at + 1) * SLICE),
  )
  const latin = said.filter((one) => one >= ' ' && !isHangul(one)).sort()
  const sans = { family: 'Ondol Sans', file: SANS }
  const hangul = { family: 'Ondol Hangul', file: SANS }
  return [
    { ...sans, name: 'latin', letters: latin },
    { ...hangul, name: 'hangul', letters: [...first].sort() },
    ...slices.map((letters, at) => ({ ...hangul, name: `slice-${at}`, letters: letters.sort() })),
    { family: 'Ondol Mono', file: MONO, name: 'mono', letters: [...ASCII, ...MONO_SIGNS] },
  ]
}

/** The code points of letters, neighbors as one range. */
function rangeOf(letters: string[]): string {
  const points = letters.map((letter) => letter.codePointAt(0) ?? 0).sort((one, two) => one - two)
  const runs: [number, number][] = []
  for (const point of points) {
    const last = runs.at(-1)
    if (last?.[1] === point - 1) last[1] = point
    else runs.push([point, point])
  }
  const hex = (point: number) => point.toString(16)
  return runs
    .map(([from, to]) => (from === to ? `U+${hex(from)}` : `U+${hex(from)}-${hex(to)}`))
    .join(',')
}

/** Leaves of a font's table of names the one name; the offsets are those of OpenType. */
function rename(font: Buffer, family: string): Buffer {
  const TABLES = 12
  const ENTRY = 16
  const count = font.readUInt16BE(4)
  const entry = Array.from({ length: count }, (_, at) => TABLES + at * ENTRY).find(
    (at) => font.toString('latin1', at, at + 4) === 'name',
  )
  if (entry === undefined) throw new Error('The font has no table of names.')
  const text = Buffer.from(family, 'utf16le').swap16()
  // Format 0, one name, its text after 18 bytes; for Windows, in Unicode, English, the family.
  const table = Buffer.from(
    [0, 1, 18, 3, 1, 0x409, 1, text.length, 0].flatMap((word) => [word >> 8, word & 0xff]),
  )
  const at = font.readUInt32BE(entry + 8)
  Buffer.concat([table, text]).copy(font, at)
  font.writeUInt32BE(table.length + text.length, entry + 12)
  return font
}

/** Cuts a font, unless it was cut so before, and returns how a page asks for it. */
async function cut({ name, family, file, letters }: Face): Promise<string> {
  const digest = createHash('sha256')
    .update(`${file} ${letters.join('')}`)
    .digest('hex')
  const made = `${name}-${digest.slice(0, 8)}.woff2`
  if (!existsSync(`${FOLDER}/${made}`)) {
    const part = await subsetFont(readFileSync(file), letters.join(''), {
      targetFormat: 'truetype',
      variationAxes: { wght: { min: 400, max: 700 } },
      keepFeatures: ['kern', 'tnum'],
      noHinting: true,
    })
    writeFileSync(`${FOLDER}/${made}`, await convert(rename(part, family), 'woff2'))
  }
  return `@font-face{font-family:'${family}';font-weight:400 700;font-display:swap;src:url(./${made}) format('woff2');unicode-range:${rangeOf(letters)}}`
}

/**
 * Makes the portal's font from the letters of its messages and vocabulary: a third of what the
 * whole fonts' own parts with those letters weigh. Those parts follow for what people write.
 */
export const uiFont: Plugin = {
  name: 'ui-font',
  async resolveId(id) {
    if (id !== 'virtual:ui-font.css') return null
    mkdirSync(FOLDER, { recursive: true })
    const rules: string[] = []
    for (const face of faces()) rules.push(await cut(face))
    writeFileSync(`${FOLDER}/ui-font.css`, [LICENSE, ...rules].join('\n'))
    return `${FOLDER}/ui-font.css`
  },
}
