import type { GraphNode } from '@/api/model'

/** So few weights are no part of a network: they are axes, divisors and the like. */
const FEW = 16

const asksForSizes = ({ operator }: GraphNode) => operator === 'Shape' || operator === 'Size'

/**
 * Leaves out operators that read nothing but weights, as exporters write them for constants and for
 * weights of the same values: what they make is one more weight of those that use it. What is only
 * reckoned from sizes is left out likewise, and is no weight.
 */
export function withoutConstants(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const makers = new Map<string, GraphNode>()
  const sizes = new Set<GraphNode>()
  const kept: GraphNode[] = []
  for (const node of nodes) {
    const fixed = node.inputs.flatMap((input) => makers.get(input) ?? [])
    const isOfSizes = asksForSizes(node) || fixed.some((one) => sizes.has(one))
    const isFixed = asksForSizes(node) || fixed.length === node.inputs.length
    const whole = fixed.length ? taking(node, fixed, makers) : node
    if (!node.operator || !isFixed || (isOfSizes && node.parameters > FEW)) {
      kept.push(whole)
      continue
    }
    const made = isOfSizes ? { ...whole, weights: [], parameters: 0 } : whole
    if (isOfSizes) sizes.add(made)
    for (const output of node.outputs) makers.set(output, made)
  }
  return kept.some((node) => node.operator) || !nodes.some((node) => node.operator) ? kept : nodes
}

function taking(node: GraphNode, fixed: GraphNode[], makers: Map<string, GraphNode>): GraphNode {
  return {
    ...node,
    inputs: node.inputs.filter((input) => !makers.has(input)),
    weights: [...node.weights, ...fixed.flatMap((one) => one.weights)],
    parameters: node.parameters + fixed.reduce((sum, one) => sum + one.parameters, 0),
  }
}
