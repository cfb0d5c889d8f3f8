import { expect, test } from 'vitest'
import { withoutConstants } from './constants'
import type { GraphNode } from '@/api/model'

function node(name: string, operator: string, inputs: string[], parameters = 0): GraphNode {
  const weights = parameters ? [{ name: `${name}.w`, dtype: 'float32', shape: [parameters] }] : []
  return {
    name,
    operator,
    inputs,
    outputs: [`${name}_out`],
    shape: [],
    dtype: '',
    parameters,
    weights,
    modules: [],
    attributes: {},
  }
}

test('an operator that reads weights alone is one more weight of those that use it', () => {
  const nodes = [
    node('shared', 'Identity', [], 8),
    node('again', 'Identity', ['shared_out']),
    node('conv', 'Conv', ['image', 'again_out'], 100),
    node('relu', 'Relu', ['conv_out']),
  ]
  const [conv, relu, ...others] = withoutConstants(nodes)
  expect(others).toEqual([])
  expect(conv?.inputs).toEqual(['image'])
  expect(conv?.weights.map((one) => one.name)).toEqual(['conv.w', 'shared.w'])
  expect(conv?.parameters).toBe(108)
  expect(relu).toBe(nodes[3])
})

test('tensors, and a graph of nothing but constants, stay as they are', () => {
  const tensors = [node('conv.weight', '', [], 8)]
  expect(withoutConstants(tensors)).toEqual(tensors)
  const constants = [node('one', 'Constant', []), node('two', 'Constant', [])]
  expect(withoutConstants(constants)).toBe(constants)
})

test('what is only reckoned from sizes is no box, and what it leads to keeps its data', () => {
  const nodes = [
    node('relu', 'Relu', ['image']),
    node('shape', 'Shape', ['relu_out']),
    node('gather', 'Gather', ['shape_out'], 1),
    node('half', 'Div', ['gather_out'], 1),
    node('slice', 'Slice', ['relu_out', 'half_out']),
    // A table of positions is part of the network, though only sizes go into it.
    node('positions', 'Gather', ['gather_out'], 512),
    node('add', 'Add', ['slice_out', 'positions_out']),
  ]
  const kept = withoutConstants(nodes)

  expect(kept.map((one) => one.name)).toEqual(['relu', 'slice', 'positions', 'add'])
  expect(kept.map((one) => one.inputs)).toEqual([
    ['image'],
    ['relu_out'],
    [],
    ['slice_out', 'positions_out'],
  ])
  expect(kept[1]?.weights).toEqual([])
})
