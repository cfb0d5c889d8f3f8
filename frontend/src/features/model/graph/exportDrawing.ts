import { classOf, COLOURS, LEVEL_COLOURS } from './classes'
import type { Box, Drawing } from './layout'
import { titleOf } from './names'
import type { Shown } from './overlays'
import type { View } from './view'
import { pathOf } from './ways'

const MARGIN = 24
const PNG_SCALE = 2
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? '')

/** The value of a token in the theme in view: a picture carries its colours with it. */
function coloured(text: string): string {
  const style = getComputedStyle(document.documentElement)
  return text.replace(/var\((--[\w-]+)\)/g, (_, name: string) =>
    style.getPropertyValue(name).trim(),
  )
}

const edge = (path: string) =>
  `<path d="${path}" fill="none" stroke="var(--line-strong)" marker-end="url(#arrow)"/>`

const rect = (box: Box, more: string) =>
  `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="6" ${more}/>`

const words = (x: number, y: number, text: string, more: string) =>
  `<text x="${x}" y="${y}" ${more}>${escaped(text)}</text>`

const BAR = { side: 14, height: 2, below: 6 }

/** The value of a box and its bar, as the page shows them. */
function shownIn(box: Box, shown: Shown | undefined, end: number, font: string): string {
  if (!shown) return ''
  const long = box.width - 2 * BAR.side
  const bar = (width: number, colour: string) =>
    `<rect x="${box.x + BAR.side}" y="${box.y + box.height - BAR.below}" width="${width}" height="${BAR.height}" fill="${colour}"/>`
  return [
    bar(long, 'var(--line)'),
    bar(long * shown.share, LEVEL_COLOURS[shown.level]),
    words(box.x + box.width - end, box.y + 36, shown.text, `${font} text-anchor="end"`),
  ].join('')
}

function titleIn(view: View, id: string): string {
  const scope = view.open.get(id)
  return scope ? titleOf(scope) : ''
}

/** The drawing as a picture that any program opens. */
export function svgOf(
  view: View,
  drawing: Drawing,
  shown: ReadonlyMap<string, Shown> | null,
): { svg: string; width: number; height: number } {
  const all = [...drawing.boxes.values(), ...drawing.frames]
  const left = Math.min(...all.map((box) => box.x)) - MARGIN
  const top = Math.min(...all.map((box) => box.y)) - MARGIN
  const width = Math.max(...all.map((box) => box.x + box.width)) + MARGIN - left
  const height = Math.max(...all.map((box) => box.y + box.height)) + MARGIN - top
  const small = 'font-size="12" fill="var(--text-2)" font-family="monospace"'
  const bold = 'font-size="13" font-weight="600" fill="var(--text)" font-family="sans-serif"'
  const parts = [
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="var(--bg)"/>`,
    ...drawing.frames.flatMap((frame) => [
      rect(frame, 'fill="var(--surface)" stroke="var(--line-strong)" stroke-dasharray="4 4"'),
      words(frame.x + 12, frame.y + 21, titleIn(view, frame.id), bold),
    ]),
    ...[...drawing.ways.values()].map((way) => edge(pathOf(way))),
    ...view.units.flatMap((unit) => {
      const box = drawing.boxes.get(unit.id)
      if (!box) return []
      const bar = `<rect x="${box.x}" y="${box.y}" width="4" height="${box.height}" fill="${COLOURS[classOf(unit)]}"/>`
      const count = unit.scope
        ? words(
            box.x + box.width - 12,
            box.y + 29,
            String(unit.count),
            `${small} text-anchor="end"`,
          )
        : ''
      return [
        rect(box, 'fill="var(--bg)" stroke="var(--line-strong)"'),
        bar,
        words(box.x + 14, box.y + 20, unit.label, bold),
        words(box.x + 14, box.y + 36, unit.shape, small),
        count,
        shownIn(box, shown?.get(unit.id), unit.scope ? 44 : 12, small),
      ]
    }),
  ]
  const arrow =
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="var(--line-strong)"/></marker></defs>'
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}">${arrow}${parts.join('')}</svg>`
  return { svg: coloured(svg), width, height }
}

function save(blob: Blob, name: string) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

type Values = ReadonlyMap<string, Shown> | null

export function saveSvg(view: View, drawing: Drawing, shown: Values, name: string) {
  save(new Blob([svgOf(view, drawing, shown).svg], { type: 'image/svg+xml' }), `${name}.svg`)
}

export async function savePng(view: View, drawing: Drawing, shown: Values, name: string) {
  const { svg, width, height } = svgOf(view, drawing, shown)
  const image = new Image(width * PNG_SCALE, height * PNG_SCALE)
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.width
  canvas.height = image.height
  canvas.getContext('2d')?.drawImage(image, 0, 0, image.width, image.height)
  canvas.toBlob((blob) => {
    if (blob) save(blob, `${name}.png`)
  })
}
