import type { Level } from './overlays'
import { nodesOf, type Scope } from './scopes'
import type { Unit } from './view'
import type { GraphNode } from '@/api/model'

export const CLASSES = ['block', 'conv', 'matrix', 'resize', 'shape', 'other'] as const
export type OperatorClass = (typeof CLASSES)[number]

const OF: [RegExp, OperatorClass][] = [
  [/conv/i, 'conv'],
  [/matmul|gemm|linear|attention|einsum|lstm|gru/i, 'matrix'],
  [/resize|upsample|pool|gridsample|pad/i, 'resize'],
  [/concat|reshape|transpose|flatten|slice|split|gather|squeeze|expand|shape|tile/i, 'shape'],
]

/** The roles of the data series, each with its own name in the legend. */
export const COLOURS: Record<OperatorClass, string> = {
  block: 'var(--d3)',
  conv: 'var(--d1)',
  matrix: 'var(--d2)',
  resize: 'var(--d4)',
  shape: 'var(--d5)',
  other: 'var(--d6)',
}

/** Of a bar: how much there is to worry about. */
export const LEVEL_COLOURS: Record<Level, string> = {
  low: 'var(--accent)',
  middle: 'var(--warning)',
  high: 'var(--danger)',
}

const classOfOperator = (operator: string): OperatorClass =>
  OF.find(([words]) => words.test(operator))?.[1] ?? 'other'

/** The only convolution or matrix product of a scope: the rest of it is there to finish its work. */
export function mainOf(scope: Scope): GraphNode | undefined {
  const [main, ...more] = nodesOf(scope).filter(
    ({ operator, weights }) =>
      weights.length > 0 && ['conv', 'matrix'].includes(classOfOperator(operator)),
  )
  return more.length ? undefined : main
}

export function classOf(unit: Pick<Unit, 'scope' | 'node'>): OperatorClass {
  const node = unit.scope ? mainOf(unit.scope) : unit.node
  return unit.scope && !node ? 'block' : classOfOperator(node?.operator ?? '')
}
