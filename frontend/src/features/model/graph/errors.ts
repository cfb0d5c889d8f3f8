import type { Level, Measure } from './overlays'
import { nodesOf } from './scopes'
import type { GraphNode, OperatorErrors } from '@/api/model'

/** What quantization cost an operator: signal to noise in dB, of its output and of its weights. */
export interface Cost {
  output: number | null
  weight: number | null
  /** How many dB of what came in were lost here. */
  fall: number | null
}

export interface MappedErrors {
  table: OperatorErrors
  of: Map<GraphNode, Cost>
}

/** From here on the noise is hardly seen in results, and below the second it often is. */
export const LEVELS = { low: 30, middle: 15 }
/** Noise of a thousandth of the signal fills no bar, as much noise as signal all of it. */
const QUIET = 60
const FEWEST_FOUND = 0.5

export const levelOf = (decibels: number): Level =>
  decibels >= LEVELS.low ? 'low' : decibels >= LEVELS.middle ? 'middle' : 'high'

export const decibels = (value: number) => value.toFixed(1)

const least = (values: readonly number[]) => (values.length ? Math.min(...values) : null)

function mapErrors(nodes: readonly GraphNode[], table: OperatorErrors): MappedErrors {
  const names = new Map(nodes.map((node) => [node.name, node]))
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node])))
  const of = new Map<GraphNode, Cost>()
  for (const row of table.operators) {
    // Of integers a convolution makes what its Relu made of floats: the tensor is known, not the name.
    const node = names.get(row.name) ?? makers.get(row.tensor)
    if (!node) continue
    const known = of.get(node)
    const both = [known?.output, row.decibels].filter((one) => typeof one === 'number')
    const weight = row.weight_decibels ?? known?.weight ?? null
    of.set(node, { output: least(both), weight, fall: null })
  }
  tellFalls(nodes, makers, of)
  return { table, of }
}

/** Nodes come in the order in which data goes through them. */
function tellFalls(
  nodes: readonly GraphNode[],
  makers: ReadonlyMap<string, GraphNode>,
  of: ReadonlyMap<GraphNode, Cost>,
) {
  const reached = new Map<GraphNode, number>()
  for (const node of nodes) {
    const before = least(
      node.inputs.flatMap((input) => {
        const maker = makers.get(input)
        return (maker && reached.get(maker)) ?? []
      }),
    )
    const cost = of.get(node)
    const here = cost?.output ?? before
    if (cost && cost.output !== null && before !== null) cost.fall = before - cost.output
    if (here !== null) reached.set(node, here)
  }
}

/** The tables that tell of this very graph. */
export function errorsOf(
  nodes: readonly GraphNode[],
  tables: readonly OperatorErrors[],
): MappedErrors[] {
  const known = new Set(nodes.flatMap((node) => [node.name, ...node.outputs]))
  return tables
    .filter(({ operators }) => {
      const found = operators.filter(({ name, tensor }) => known.has(name) || known.has(tensor))
      return operators.length > 0 && found.length / operators.length >= FEWEST_FOUND
    })
    .map((table) => mapErrors(nodes, table))
}

/** Of a scope: the worst of its operators. */
export function errors(mapped: MappedErrors): Measure {
  return {
    unit: 'dB',
    of: (part) =>
      least(
        nodesOf(part)
          .map((node) => mapped.of.get(node)?.output)
          .filter((one) => typeof one === 'number'),
      ),
    text: (value) => (value === null ? '' : decibels(value)),
    share: (value) => Math.min(1, Math.max(0.02, 1 - value / QUIET)),
    level: levelOf,
  }
}

/** The operators with the most noise, the worst first. */
export function worstOf(mapped: MappedErrors, most: number): [GraphNode, Cost][] {
  const told = [...mapped.of].filter(([, cost]) => cost.output !== null)
  return told.sort(([, one], [, two]) => (one.output ?? 0) - (two.output ?? 0)).slice(0, most)
}
