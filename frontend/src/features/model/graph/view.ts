import { mainOf } from './classes'
import { strideOf, titleOf } from './names'
import { isScope, nodesOf, numberOf, onlyOf, type Scope } from './scopes'
import type { GraphNode } from '@/api/model'
import { shapeText } from '@/lib/format'

/** At most this many boxes are in the page at once; a drawing of more tells nobody anything. */
export const MOST_UNITS = 200
const FIRST_UNITS = 40

/** One box of the drawing: an operator, or a scope that is folded. */
export interface Unit {
  id: string
  label: string
  shape: string
  count: number
  node: GraphNode | undefined
  scope: Scope | undefined
  /** The unfolded scopes it stands in, the outermost first. */
  within: string[]
}

export interface View {
  units: Unit[]
  edges: [string, string][]
  /** Unfolded scopes by their id. */
  open: Map<string, Scope>
}

/** Boxes have little room, and nothing is learned of the samples that are fed at a time. */
const shapeOf = (node: GraphNode | undefined) =>
  node ? shapeText(node.shape.slice(node.shape.length > 2 ? 1 : 0)) : ''

function unitOf(part: Scope | GraphNode, within: string[], id: string): Unit {
  const node = onlyOf(part)
  const scope = isScope(part) && !node ? part : undefined
  const inside = scope ? nodesOf(scope) : []
  return {
    id,
    label: `${titleOf(part)} ${strideOf(part)}`.trimEnd(),
    shape: shapeOf(node ?? inside.at(-1)),
    count: scope?.count ?? 1,
    node,
    scope,
    within,
  }
}

/** What is to be drawn when these scopes are unfolded: boxes, and how data goes between them. */
export function viewOf(root: Scope, opened: ReadonlySet<string>): View {
  const units: Unit[] = []
  const open = new Map<string, Scope>()
  const home = new Map<GraphNode, string>()

  function walk(scope: Scope, within: string[]) {
    scope.parts.forEach((part, at) => {
      if (isScope(part) && part.count > 1 && opened.has(part.id)) {
        open.set(part.id, part)
        walk(part, [...within, part.id])
        return
      }
      const unit = unitOf(part, within, isScope(part) ? part.id : `${scope.id}#${at}`)
      units.push(unit)
      for (const node of isScope(part) ? nodesOf(part) : [part]) home.set(node, unit.id)
    })
  }
  walk(root, [])

  const maker = new Map<string, string>()
  for (const [node, id] of home) for (const output of node.outputs) maker.set(output, id)
  const edges = new Map<string, [string, string]>()
  for (const [node, to] of home) {
    for (const input of node.inputs) {
      const from = maker.get(input)
      if (from && from !== to) edges.set(`${from} ${to}`, [from, to])
    }
  }
  return { units, edges: [...edges.values()], open }
}

/** How many boxes would be in the page, the frames around what is unfolded among them. */
export function countOf(root: Scope, opened: ReadonlySet<string>): number {
  return root.parts.reduce(
    (sum, part) =>
      sum +
      1 +
      (isScope(part) && part.count > 1 && opened.has(part.id) ? countOf(part, opened) : 0),
    0,
  )
}

/** One of several of a kind: a numbered block, or one that was found by its repetition. */
const isBlock = (scope: Scope) => numberOf(scope) !== undefined || scope.id.includes('/~')

/** What unfolds by itself: neither a block nor a single layer tells more unfolded at first. */
const opensItself = (scope: Scope) => scope.count > 1 && !isBlock(scope) && !mainOf(scope)

/** The scopes so deep down; what a block holds is left to whoever unfolds it. */
function depthBelow(scope: Scope, depth: number): Scope[] {
  const scopes = scope.parts.filter((part) => isScope(part)).filter(opensItself)
  return depth === 0 ? scopes : scopes.flatMap((part) => depthBelow(part, depth - 1))
}

/** Unfolds level by level for as long as the drawing stays easy to read. */
export function firstOpen(root: Scope): Set<string> {
  let opened = new Set<string>()
  for (let depth = 0; ; depth += 1) {
    const level = depthBelow(root, depth)
    const next = new Set([...opened, ...level.map((scope) => scope.id)])
    if (!level.length || countOf(root, next) > FIRST_UNITS) return opened
    opened = next
  }
}

const holds = (scope: Scope, wanted: Scope | GraphNode): boolean =>
  scope.parts.some((part) => part === wanted || (isScope(part) && holds(part, wanted)))

/** The scopes around an operator or another scope, the outermost first. */
export function scopesAround(root: Scope, wanted: Scope | GraphNode): string[] {
  const outer = root.parts.find((part) => isScope(part) && part.count > 1 && holds(part, wanted))
  return outer && isScope(outer) ? [outer.id, ...scopesAround(outer, wanted)] : []
}
