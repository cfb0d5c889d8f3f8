import { nodesOf, type Scope } from './scopes'
import type { GraphNode, OperatorTimes } from '@/api/model'
import { ms } from '@/lib/format'

export type Overlay = 'class' | 'time' | 'size' | 'error'
export type Level = 'low' | 'middle' | 'high'

/** What a box, a line of the outline or a panel shows of operators; null where nothing is known. */
export interface Measure {
  unit: string
  of: (part: Scope | GraphNode) => number | null
  text: (value: number | null) => string
  /** How much of its bar a box fills, beside the largest value in view. */
  share: (value: number, largest: number) => number
  level: (value: number) => Level
}

/** What a box shows of its value. */
export interface Shown {
  text: string
  share: number
  level: Level
}

/** What each of some parts shows, their bars beside the largest of them. */
export function shownOf(
  measure: Measure,
  parts: readonly { id: string; part: Scope | GraphNode | undefined }[],
): Map<string, Shown> {
  const values = parts.flatMap(({ id, part }) => {
    const value = part && measure.of(part)
    return typeof value === 'number' ? [{ id, value }] : []
  })
  const largest = Math.max(Number.MIN_VALUE, ...values.map(({ value }) => value))
  return new Map(
    values.map(({ id, value }) => [
      id,
      {
        text: measure.text(value),
        share: measure.share(value, largest),
        level: measure.level(value),
      },
    ]),
  )
}

const COUNT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

/** Of a scope: the sum of its operators. */
function summed(
  unit: string,
  value: (node: GraphNode) => number,
  text: (value: number) => string,
): Measure {
  return {
    unit,
    of: (part) => nodesOf(part).reduce((sum, node) => sum + value(node), 0),
    text: (value) => (value ? text(value) : ''),
    share: (value, largest) => value / largest,
    level: () => 'low',
  }
}

export const sizes = (unit: string) =>
  summed(unit, (node) => node.parameters, COUNT.format.bind(COUNT))

export const times = (mapped: MappedTimes) => summed('ms', (node) => mapped.of.get(node) ?? 0, ms)

/** What an engine told of its own operators, given to those of the file. */
export interface MappedTimes {
  table: OperatorTimes
  of: Map<GraphNode, number>
  total: number
  /** Of steps that the engine added, and that no operator of the file stands for. */
  lost: number
}

const CHAIN = 6
/** Below this share the file is another than the one that ran, or its names were lost. */
const FEWEST_FOUND = 0.5

/** An engine names a fused operator after the tensor it makes, or adds a word to the name. */
function wordsOf(name: string): string[] {
  const bare = name.replace(/^fused /, '').replace(/_(nchwc|quant|token_\d+)$/, '')
  return [name, bare, bare.replace(/\/\w*Fusion\w*\/?$/, ''), bare.replace(/_quantized$/, '')]
}

/** From the last of what was fused back to the operator that the engine says it is. */
function fusedInto(node: GraphNode, operator: string, makers: Map<string, GraphNode>): GraphNode {
  const kind = operator.toLowerCase()
  let at: GraphNode | undefined = node
  for (let step = 0; at && step < CHAIN; step += 1) {
    if (at.operator && kind.includes(at.operator.toLowerCase())) return at
    at = makers.get(at.inputs[0] ?? '')
  }
  return node
}

export function mapTimes(nodes: readonly GraphNode[], table: OperatorTimes): MappedTimes {
  const names = new Map(nodes.map((node) => [node.name, node]))
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node])))
  const found: MappedTimes = { table, of: new Map(), total: 0, lost: 0 }
  for (const { name, operator, ms } of table.operators) {
    found.total += ms
    const words = wordsOf(name)
    const named = words.map((word) => names.get(word)).find(Boolean)
    const made = words.map((word) => makers.get(word)).find(Boolean)
    const node = named ?? (made && fusedInto(made, operator, makers))
    if (node) found.of.set(node, (found.of.get(node) ?? 0) + ms)
    else found.lost += ms
  }
  return found
}

/** The tables that tell of this very graph. */
export function timesOf(
  nodes: readonly GraphNode[],
  tables: readonly OperatorTimes[],
): MappedTimes[] {
  return tables
    .map((table) => mapTimes(nodes, table))
    .filter(({ total, lost }) => total > 0 && (total - lost) / total >= FEWEST_FOUND)
}
