import { describe, expect, test } from 'vitest'
import { errors, errorsOf, levelOf, worstOf } from './errors'
import { withoutConstants } from './constants'
import { withoutRounding } from './rounding'
import { scopesOf } from './scopes'
import type { GraphNode, OperatorErrors } from '@/api/model'

function node(name: string, inputs: string[], output: string, more: object = {}): GraphNode {
  return {
    name,
    operator: name.split('/').at(-1) ?? '',
    inputs,
    outputs: [output],
    shape: [],
    dtype: '',
    parameters: 0,
    weights: [],
    modules: [],
    attributes: {},
    ...more,
  }
}

const zero = { name: 'zero', dtype: 'uint8', shape: [] }
const pair = (tensor: string) => [
  node(`${tensor}_Q`, [tensor], `${tensor}_q`, { operator: 'QuantizeLinear', weights: [zero] }),
  node(`${tensor}_D`, [`${tensor}_q`], `${tensor}_d`, { operator: 'DequantizeLinear' }),
]
const floats = [
  node('/a/Conv', ['image'], 'conv'),
  node('/a/Relu', ['conv'], 'relu'),
  node('/b/Conv', ['relu'], 'b'),
  node('/b/Add', ['b', 'relu'], 'add'),
]
/** The same of integers: the Relu is gone, its range does its work. */
const integers = [
  ...pair('image'),
  node('w_D', [], 'w_d', { operator: 'DequantizeLinear', weights: [zero] }),
  node('/a/Conv', ['image_d', 'w_d'], 'relu'),
  ...pair('relu'),
  node('/b/Conv', ['relu_d'], 'b'),
  ...pair('b'),
  node('/b/Add', ['b_d', 'relu_d'], 'add'),
]

const row = (name: string, tensor: string, decibels: number | null, weight: number | null) => ({
  name,
  operator: '',
  tensor,
  decibels,
  weight_decibels: weight,
})
const table = {
  artifact: 1,
  job: 2,
  operators: [
    row('/a/Conv', '', null, 47),
    row('/a/Relu', 'relu', 40, null),
    row('/b/Conv', 'b', 12, 44),
    row('/b/Add', 'add', 25, null),
  ],
} as unknown as OperatorErrors

const read = (nodes: GraphNode[]) => withoutRounding(withoutConstants(nodes))

describe('what quantization cost', () => {
  test('is found at the operators of the float file and of the one of integers', () => {
    const costs = [floats, integers].map((file) => {
      const nodes = read(file)
      const [mapped] = errorsOf(nodes, [table])
      return nodes.map((one) => {
        const cost = mapped?.of.get(one)
        return [one.name, cost?.output, cost?.weight]
      })
    })
    expect(costs).toEqual([
      [
        ['/a/Conv', null, 47],
        ['/a/Relu', 40, null],
        ['/b/Conv', 12, 44],
        ['/b/Add', 25, null],
      ],
      [
        ['/a/Conv', 40, 47],
        ['/b/Conv', 12, 44],
        ['/b/Add', 25, null],
      ],
    ])
  })

  test('of a block is that of its worst operator, and the worst come first', () => {
    const [mapped] = errorsOf(floats, [table])
    if (!mapped) throw new Error('the table tells of this graph')
    const root = scopesOf(floats)
    expect(root.parts.map((part) => errors(mapped).of(part))).toEqual([40, 12])
    expect(worstOf(mapped, 2).map(([one, { fall }]) => [one.name, fall])).toEqual([
      ['/b/Conv', 28],
      ['/b/Add', -13],
    ])
    expect([30, 29.9, 14.9].map(levelOf)).toEqual(['low', 'middle', 'high'])
  })

  test('is not shown in the graph of another model', () => {
    expect(errorsOf([node('/other/Conv', ['x'], 'y')], [table])).toEqual([])
  })
})

test('what is rounded between operators is told of the operator that makes it', () => {
  const [first, second, last] = read(integers)
  expect([first?.inputs, second?.inputs, last?.inputs]).toEqual([
    ['image'],
    ['relu'],
    ['b', 'relu'],
  ])
  expect([first?.dtype, last?.dtype]).toEqual(['uint8', ''])
})
