import { Graph, layout } from '@dagrejs/dagre'
import { FRAME, makeRoom } from './rows'
import type { Unit, View } from './view'
import { waysOf, type Point } from './ways'

export interface Box {
  id: string
  x: number
  y: number
  width: number
  height: number
}

export interface Drawing {
  boxes: Map<string, Box>
  /** How an edge goes around the boxes, by the ids of its ends. */
  ways: Map<string, Point[]>
  /** Around what is unfolded, the outermost first. */
  frames: Box[]
}

const WIDTH = 172
const HEIGHT = { operator: 44, folded: 50 }
const GAP = { across: 28, down: 32 }

export const sizeOf = (unit: Unit) => ({
  width: WIDTH,
  height: unit.scope ? HEIGHT.folded : HEIGHT.operator,
})

function frameAround(id: string, inside: Box[]): Box {
  const left = Math.min(...inside.map((box) => box.x)) - FRAME.side
  const top = Math.min(...inside.map((box) => box.y)) - FRAME.top
  const right = Math.max(...inside.map((box) => box.x + box.width)) + FRAME.side
  const bottom = Math.max(...inside.map((box) => box.y + box.height)) + FRAME.bottom
  return { id, x: left, y: top, width: right - left, height: bottom - top }
}

/** Places the boxes so that data runs downward, and each unfolded scope stands by itself. */
export function layOut(view: View): Drawing {
  const graph = new Graph({ compound: true })
  graph.setGraph({
    rankdir: 'TB',
    nodesep: GAP.across,
    ranksep: GAP.down,
    marginx: 24,
    marginy: 24,
  })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const id of view.open.keys()) graph.setNode(id, {})
  for (const unit of view.units) {
    graph.setNode(unit.id, sizeOf(unit))
    unit.within.forEach((id, at) => {
      const outer = unit.within[at - 1]
      if (outer) graph.setParent(id, outer)
    })
    const inner = unit.within.at(-1)
    if (inner) graph.setParent(unit.id, inner)
  }
  for (const [from, to] of view.edges) graph.setEdge(from, to)
  layout(graph)

  const boxes = new Map<string, Box>()
  for (const unit of view.units) {
    const { x, y } = graph.node(unit.id) as { x: number; y: number }
    const { width, height } = sizeOf(unit)
    boxes.set(unit.id, { id: unit.id, x: x - width / 2, y: y - height / 2, width, height })
  }
  const lower = makeRoom(view, boxes)
  for (const box of boxes.values()) box.y = lower(box.y)
  const ways = waysOf(view, boxes, (from, to) => {
    const { points } = graph.edge(from, to) as { points: Point[] }
    return points.map(({ x, y }) => ({ x, y: lower(y) }))
  })
  return { boxes, ways, frames: framesOf(view, boxes, ways) }
}

function framesOf(
  view: View,
  boxes: ReadonlyMap<string, Box>,
  ways: ReadonlyMap<string, Point[]>,
): Box[] {
  const frames = new Map<string, Box>()
  // The innermost first: a frame reaches around the frames in it.
  for (const id of [...view.open.keys()].reverse()) {
    const own = view.units.filter((unit) => unit.within.at(-1) === id)
    const nested = [...view.open.keys()].filter((other) => isWithin(view, other, id))
    const inside = [
      ...own.flatMap((unit) => boxes.get(unit.id) ?? []),
      ...nested.flatMap((other) => frames.get(other) ?? []),
    ]
    if (!inside.length) continue
    const tight = frameAround(id, inside)
    const wide = frameAround(id, [...inside, ...linesInside(view, id, ways)])
    const others = view.units.filter((unit) => !unit.within.includes(id))
    const isFree = others.every((unit) => apart(wide, boxes.get(unit.id)))
    frames.set(id, isFree ? wide : tight)
  }
  return [...view.open.keys()].flatMap((id) => frames.get(id) ?? [])
}

/** The corners of the lines between what is in a frame: some lead around boxes at its side. */
function linesInside(view: View, id: string, ways: ReadonlyMap<string, Point[]>): Box[] {
  const inside = new Set(view.units.filter((one) => one.within.includes(id)).map((one) => one.id))
  return view.edges
    .filter(([from, to]) => inside.has(from) && inside.has(to))
    .flatMap(([from, to]) => ways.get(`${from} ${to}`) ?? [])
    .map(({ x, y }) => ({ id, x, y, width: 0, height: 0 }))
}

const apart = (one: Box, other: Box | undefined) =>
  !other ||
  one.x + one.width <= other.x ||
  other.x + other.width <= one.x ||
  one.y + one.height <= other.y ||
  other.y + other.height <= one.y

function isWithin(view: View, inner: string, outer: string): boolean {
  return view.units.some(
    ({ within }) => within.includes(inner) && within[within.indexOf(inner) - 1] === outer,
  )
}
