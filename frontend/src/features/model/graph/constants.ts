import type { GraphNode } from '@/api/model'

/**
 * Leaves out operators that read nothing but weights, as exporters write them for constants and for
 * weights of the same values: what they make is one more weight of those that use it.
 */
export function withoutConstants(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const makers = new Map<string, GraphNode>()
  const kept: GraphNode[] = []
  for (const node of nodes) {
    const fixed = node.inputs.flatMap((input) => makers.get(input) ?? [])
    if (!node.operator || fixed.length < node.inputs.length) {
      kept.push(fixed.length ? taking(node, fixed, makers) : node)
      continue
    }
    const whole = fixed.length ? taking(node, fixed, makers) : node
    for (const output of node.outputs) makers.set(output, whole)
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
