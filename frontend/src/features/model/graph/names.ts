import { mainOf } from './classes'
import { isScope, nodesOf, numberOf, type Scope } from './scopes'
import type { GraphNode } from '@/api/model'

/** Modules that only hold others say nothing by their class. */
const HOLDERS = new Set(['Sequential', 'ModuleList', 'ModuleDict'])

/** What a person would call the work of a scope: its class, or its operator where one does it. */
function kindOf(scope: Scope): string {
  const nodes = nodesOf(scope)
  const [only, ...more] = nodes
  if (only && !more.length) return only.operator
  if (scope.kind && !HOLDERS.has(scope.kind)) return scope.kind
  return mainOf(scope)?.operator ?? ''
}

/** A number alone tells nobody what a box does: 'Bottleneck 0' rather than 'layer1.0'. */
export function titleOf(part: Scope | GraphNode): string {
  if (!isScope(part)) return part.operator || part.name.split('.').at(-1) || part.name
  const number = numberOf(part)
  const kind = number ? kindOf(part) : ''
  return kind ? `${kind} ${number}` : part.label
}

/** By how much it makes its picture smaller, where one convolution or pooling does so: '↓2'. */
export function strideOf(part: Scope | GraphNode): string {
  const nodes = nodesOf(part).filter((node) => /conv|pool/i.test(node.operator))
  const strides = nodes.length === 1 ? (nodes[0]?.attributes['strides'] ?? '') : ''
  const step = /\d+/.exec(strides)?.[0]
  return step && step !== '1' && !/transpose/i.test(nodes[0]?.operator ?? '') ? `↓${step}` : ''
}
