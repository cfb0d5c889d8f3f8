import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, URL } from 'node:url'
import { convert } from 'fontverter'
import subsetFont from 'subset-font'
import type { Plugin } from 'vite'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const WHOLE = path('node_modules/pretendard/dist/web/variable/woff2/PretendardVariable.woff2')
const FOLDER = path('node_modules/.cache/ui-font')
const WORDS = [path('src/i18n/ko.json'), path('src/i18n/en.json')]
const ASCII = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => 32 + at))
/** Pretendard's license keeps its name for the whole font: a part has another. */
const FAMILY = 'Ondol Sans'
const LICENSE = '/*! Parts of Pretendard by Kil Hyung-jin, SIL Open Font License 1.1 */'
const isHangul = (letter: string) => /\p{Script=Hangul}/u.test(letter)

/** The letters that the portal says: in two files, for a page in English asks for one alone. */
function letters() {
  const said = [...new Set([...ASCII, ...WORDS.map((file) => readFileSync(file, 'utf8')).join('')])]
  const shown = said.filter((letter) => letter >= ' ').sort()
  return {
    latin: shown.filter((letter) => !isHangul(letter)),
    hangul: shown.filter(isHangul),
  }
}

const rangeOf = (text: string[]) =>
  text.map((letter) => `U+${(letter.codePointAt(0) ?? 0).toString(16)}`).join(',')

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

async function faceOf(name: string, text: string[]): Promise<string> {
  const part = await subsetFont(readFileSync(WHOLE), text.join(''), {
    targetFormat: 'truetype',
    variationAxes: { wght: { min: 400, max: 700 } },
    keepFeatures: ['kern', 'tnum'],
    noHinting: true,
  })
  const file = await convert(rename(part, FAMILY), 'woff2')
  writeFileSync(`${FOLDER}/${name}.woff2`, file)
  return `@font-face{font-family:'${FAMILY}';font-weight:400 700;font-display:swap;src:url(./${name}.woff2) format('woff2');unicode-range:${rangeOf(text)}}`
}

/**
 * Makes the font of the first view from the letters of the messages: a third of what Pretendard's
 * own parts with those letters weigh. Its parts follow for what people write.
 */
export const uiFont: Plugin = {
  name: 'ui-font',
  async resolveId(id) {
    if (id !== 'virtual:ui-font.css') return null
    mkdirSync(FOLDER, { recursive: true })
    const { latin, hangul } = letters()
    const faces = [await faceOf('latin', latin), await faceOf('hangul', hangul)]
    writeFileSync(`${FOLDER}/ui-font.css`, [LICENSE, ...faces].join('\n'))
    return `${FOLDER}/ui-font.css`
  },
  transformIndexHtml: {
    order: 'post',
    handler: (_, { bundle }) => {
      const latin = Object.keys(bundle ?? {}).find((file) => /\/latin-[\w-]+\.woff2$/.test(file))
      if (!latin) return []
      const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', href: `/${latin}` }
      return [{ tag: 'link', injectTo: 'head', attrs: { ...attrs, crossorigin: true } }]
    },
  },
}
