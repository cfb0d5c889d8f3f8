import type { Box } from './layout'
import { FRAME, framesAt, rowsOf, type Row } from './rows'
import type { View } from './view'

export interface Point {
  x: number
  y: number
}

/** Where a line may touch the upper or lower side of a box, and how near to another one. */
const PORT = { inset: 16, apart: 16 }
/** Room that a line leaves below the boxes above it, and for the head of its arrow. */
const CLEAR = { above: 4, below: 10 }
const CORNER = 8

/** An edge as the places where it passes each row of boxes, its ends among them. */
interface Course {
  from: Box
  to: Box
  first: number
  xs: number[]
}

/** One line across the gap above a row. */
interface Run {
  course: Course
  from: number
  to: number
  lane: number
}

const middle = (box: Box) => box.x + box.width / 2
const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x))

/** Where on a side of a box lines begin or end that lead to these places, in this order. */
function ports(box: Box, wanted: readonly number[]): number[] {
  const [low, high] = [box.x + PORT.inset, box.x + box.width - PORT.inset]
  const [only] = wanted
  if (wanted.length === 1 && only !== undefined) {
    return [only >= low && only <= high ? only : middle(box)]
  }
  const apart = Math.min(PORT.apart, (high - low) / Math.max(1, wanted.length - 1))
  const taken: number[] = []
  for (const [at, x] of wanted.entries()) {
    taken.push(Math.max(clamp(x, low, high), (taken[at - 1] ?? -Infinity) + apart))
  }
  // What was pushed over the end goes back, and pushes the others before it.
  for (let at = taken.length - 1, limit = high; at >= 0; at -= 1, limit -= apart) {
    taken[at] = Math.min(taken[at] ?? limit, limit)
  }
  return taken
}

function grouped(courses: readonly Course[], box: (course: Course) => Box): [Box, Course[]][] {
  const groups = new Map<Box, Course[]>()
  for (const course of courses) {
    groups.set(box(course), [...(groups.get(box(course)) ?? []), course])
  }
  return [...groups]
}

/** Ends first where they begin, then where they arrive: so a line is straight wherever it can be. */
function takePorts(courses: readonly Course[]) {
  for (const [box, outgoing] of grouped(courses, ({ from }) => from)) {
    outgoing.sort((one, other) => (one.xs[1] ?? 0) - (other.xs[1] ?? 0))
    const taken = ports(
      box,
      outgoing.map(({ xs }) => xs[1] ?? 0),
    )
    for (const [at, { xs }] of outgoing.entries()) xs[0] = taken[at] ?? middle(box)
  }
  for (const [box, incoming] of grouped(courses, ({ to }) => to)) {
    incoming.sort((one, other) => (one.xs.at(-2) ?? 0) - (other.xs.at(-2) ?? 0))
    const taken = ports(
      box,
      incoming.map(({ xs }) => xs.at(-2) ?? 0),
    )
    for (const [at, { xs }] of incoming.entries()) xs[xs.length - 1] = taken[at] ?? middle(box)
  }
}

const overlap = (one: Run, other: Run) =>
  Math.min(one.from, one.to) <= Math.max(other.from, other.to) + PORT.apart &&
  Math.min(other.from, other.to) <= Math.max(one.from, one.to) + PORT.apart

/** Lanes for the lines across a gap, in an order in which lines of one direction never cross. */
function takeLanes(runs: Run[]) {
  const rank = ({ from, to }: Run) => (to > from ? -from : from)
  runs.sort((one, other) => rank(one) - rank(other))
  for (const [at, run] of runs.entries()) {
    const before = runs.slice(0, at).filter((other) => overlap(run, other))
    run.lane = Math.max(0, ...before.map((other) => other.lane + 1))
  }
}

function runsAbove(row: number, courses: readonly Course[]): Run[] {
  return courses.flatMap((course) => {
    const at = row - course.first
    const [from, to] = [course.xs[at - 1], course.xs[at]]
    return from === undefined || to === undefined || Math.abs(to - from) < 1
      ? []
      : [{ course, from, to, lane: 0 }]
  })
}

/** The height of a line across, for each row above which an edge has one. */
function heights(view: View, rows: readonly Row[], courses: readonly Course[]) {
  const [begin, end] = [framesAt(view, rows, true), framesAt(view, rows, false)]
  const found = new Map<Course, Map<number, number>>(courses.map((one) => [one, new Map()]))
  for (const [at, row] of rows.entries()) {
    const runs = runsAbove(at, courses)
    takeLanes(runs)
    // Between the frames that end above and those that begin below, so that no name is struck.
    const top = (rows[at - 1]?.bottom ?? row.top) + FRAME.bottom * (end[at - 1] ?? 0)
    const bottom = row.top - FRAME.top * (begin[at] ?? 0)
    const room = Math.max(0, bottom - top - CLEAR.above - (begin[at] ? 0 : CLEAR.below))
    const lanes = Math.max(0, ...runs.map(({ lane }) => lane + 1))
    for (const { course, lane } of runs) {
      found.get(course)?.set(at, top + CLEAR.above + (room * (lane + 1)) / (lanes + 1))
    }
  }
  return found
}

/** Where a line through these points is at a height. */
function xAt(points: readonly Point[], y: number): number {
  const next = points.findIndex((point) => point.y >= y)
  const [one, other] = [points[next - 1], points[next] ?? points.at(-1)]
  if (!one || !other || other.y === one.y) return other?.x ?? 0
  return one.x + ((other.x - one.x) * (y - one.y)) / (other.y - one.y)
}

/**
 * Leads each edge down and across in right angles: down only where the layout made room for it
 * beside the boxes, across only between the rows of boxes. So none goes over a box.
 */
export function waysOf(
  view: View,
  boxes: ReadonlyMap<string, Box>,
  rough: (from: string, to: string) => readonly Point[],
): Map<string, Point[]> {
  const rows = rowsOf(boxes)
  const rowOf = new Map(rows.flatMap(({ ids }, at) => [...ids].map((id) => [id, at])))
  const courses = view.edges.flatMap(([one, other]): Course[] => {
    const [from, to] = [boxes.get(one), boxes.get(other)]
    const [first, last] = [rowOf.get(one) ?? 0, rowOf.get(other) ?? 0]
    if (!from || !to) return []
    const points = rough(one, other)
    const between = rows.slice(first + 1, last)
    const inside = between.map(({ top, bottom }) => xAt(points, (top + bottom) / 2))
    return [{ from, to, first, xs: [middle(from), ...inside, middle(to)] }]
  })
  takePorts(courses)
  const across = heights(view, rows, courses)
  return new Map(
    courses.map((course) => [`${course.from.id} ${course.to.id}`, pointsOf(course, across)]),
  )
}

function pointsOf(course: Course, across: Map<Course, Map<number, number>>): Point[] {
  const { from, to, first, xs } = course
  const [start = 0, end = 0] = [xs[0], xs.at(-1)]
  const points: Point[] = [{ x: start, y: from.y + from.height }]
  for (const [row, y] of across.get(course) ?? []) {
    const [before = 0, after = 0] = [xs[row - first - 1], xs[row - first]]
    points.push({ x: before, y }, { x: after, y })
  }
  return [...points, { x: end, y: to.y }]
}

/** A way as the path of an SVG, its corners rounded. */
export function pathOf(way: readonly Point[]): string {
  const towards = (one: Point, other: Point) => {
    const long = Math.hypot(other.x - one.x, other.y - one.y)
    const step = long ? Math.min(CORNER, long / 2) / long : 0
    return `${one.x + (other.x - one.x) * step} ${one.y + (other.y - one.y) * step}`
  }
  return way
    .map((point, at) => {
      const [before, after] = [way[at - 1], way[at + 1]]
      if (!before) return `M${point.x} ${point.y}`
      if (!after) return `L${point.x} ${point.y}`
      return `L${towards(point, before)}Q${point.x} ${point.y} ${towards(point, after)}`
    })
    .join('')
}
