import type { GraphNode } from '@/api/model'

/**
 * Leaves out the pairs that round a value to integers and make it a float again, as quantizers put
 * them between operators: what is rounded is a property of the operator that makes it.
 */
export function withoutRounding(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const rounded = new Map<string, { from: string; dtype: string }>()
  const alias = new Map<string, string>()
  for (const node of nodes) {
    const [input = ''] = node.inputs
    if (node.operator === 'QuantizeLinear') {
      const dtype = node.weights.at(-1)?.dtype ?? ''
      for (const output of node.outputs) rounded.set(output, { from: input, dtype })
    } else if (node.operator === 'DequantizeLinear') {
      const pair = rounded.get(input)
      for (const output of pair ? node.outputs : []) alias.set(output, pair?.from ?? '')
    }
  }
  if (!alias.size) return nodes
  const kinds = new Map([...rounded.values()].map(({ from, dtype }) => [from, dtype]))
  return nodes.flatMap((node) => {
    if (node.outputs.some((output) => alias.has(output) || rounded.has(output))) return []
    const dtype = node.outputs.map((output) => kinds.get(output)).find(Boolean) ?? node.dtype
    return [{ ...node, dtype, inputs: node.inputs.map((input) => alias.get(input) ?? input) }]
  })
}
