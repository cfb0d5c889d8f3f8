import type { Box } from './layout'
import type { View } from './view'

/** What a frame needs around the boxes in it; above them stands its name. */
export const FRAME = { side: 14, top: 34, bottom: 14 }
/** Between a frame and what stands before or after it. */
const APART = 12

export interface Row {
  top: number
  bottom: number
  ids: Set<string>
}

/** Boxes side by side, the uppermost row first. */
export function rowsOf(boxes: ReadonlyMap<string, Box>): Row[] {
  const rows: Row[] = []
  for (const box of [...boxes.values()].sort((one, two) => one.y - two.y)) {
    const last = rows.at(-1)
    const bottom = box.y + box.height
    if (last && box.y < last.bottom) {
      last.ids.add(box.id)
      last.bottom = Math.max(last.bottom, bottom)
    } else rows.push({ top: box.y, bottom, ids: new Set([box.id]) })
  }
  return rows
}

/** How many frames, one in the other, begin or end at each row. */
export function framesAt(view: View, rows: readonly Row[], isFirst: boolean): number[] {
  const place = new Map(rows.flatMap(({ ids }, at) => [...ids].map((id) => [id, at])))
  const edge = new Map<string, number>()
  const rowOf = (id: string) => place.get(id) ?? 0
  for (const { id, within } of view.units) {
    for (const frame of within) {
      const before = edge.get(frame) ?? rowOf(id)
      edge.set(frame, isFirst ? Math.min(before, rowOf(id)) : Math.max(before, rowOf(id)))
    }
  }
  const deep = rows.map(() => 0)
  for (const { id, within } of view.units) {
    const at = rowOf(id)
    const here = within.filter((frame) => edge.get(frame) === at).length
    deep[at] = Math.max(deep[at] ?? 0, here)
  }
  return deep
}

/**
 * Says how far down a height moves so that frames have room between the rows: what lays the boxes
 * out knows no frames, and several that begin at one box would reach over what stands above.
 */
export function makeRoom(view: View, boxes: ReadonlyMap<string, Box>): (y: number) => number {
  const rows = rowsOf(boxes)
  const begin = framesAt(view, rows, true)
  const end = framesAt(view, rows, false)
  const moved: number[] = []
  rows.forEach((row, at) => {
    const above = rows[at - 1]
    const frames = FRAME.top * (begin[at] ?? 0) + FRAME.bottom * (end[at - 1] ?? 0)
    const missing = above && frames ? Math.max(0, frames + APART - (row.top - above.bottom)) : 0
    moved.push((moved[at - 1] ?? 0) + missing)
  })
  return (y) => {
    const at = rows.findLastIndex((row) => row.top <= y)
    const row = rows[at]
    const own = moved[at] ?? 0
    const next = rows[at + 1]
    if (!row || !next || y <= row.bottom) return y + own
    const part = (y - row.bottom) / (next.top - row.bottom)
    return y + own + part * ((moved[at + 1] ?? 0) - own)
  }
}
