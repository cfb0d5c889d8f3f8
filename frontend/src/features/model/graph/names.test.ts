import { expect, test } from 'vitest'
import { classOf } from './classes'
import { strideOf, titleOf } from './names'
import { isScope, scopesOf, type Scope } from './scopes'
import { viewOf } from './view'
import type { GraphNode } from '@/api/model'

type Told = [name: string, kind: string]

function node(operator: string, modules: Told[], more: Partial<GraphNode> = {}): GraphNode {
  return {
    name: `node_${operator}`,
    operator,
    modules: modules.map(([name, kind]) => ({ name, kind })),
    inputs: [],
    outputs: [],
    shape: [],
    dtype: '',
    parameters: 0,
    weights: [],
    attributes: {},
    ...more,
  }
}

const weights = [{ name: 'w', dtype: 'float32', shape: [64, 64, 3, 3] }]
const titles = (scope: Scope) => scope.parts.map(titleOf)

/** The beginning of a residual network, as PyTorch's newer exporter tells of it. */
const stage: Told = ['layer1', 'Sequential']
const block: Told = ['layer1.0', 'Bottleneck']
const residual = [
  node('Conv', [['conv1', '']], { weights, attributes: { strides: '[2, 2]' } }),
  node('Relu', [['relu', 'ReLU']]),
  node('Conv', [stage, block, ['layer1.0.conv1', '']], { weights }),
  node('Relu', [stage, block, ['layer1.0.relu', 'ReLU']]),
  node('Conv', [stage, block, ['layer1.0.conv2', '']], { weights }),
  node('Conv', [
    stage,
    block,
    ['layer1.0.downsample', 'Sequential'],
    ['layer1.0.downsample.0', ''],
  ]),
  node('Add', [stage, block]),
]

test('modules that a file tells of are its scopes, under the names that they have in each other', () => {
  const root = scopesOf(residual)
  const [conv, , layer] = root.parts.filter(isScope)
  const [inner] = layer?.parts.filter(isScope) ?? []

  expect(conv?.label).toBe('conv1')
  expect([layer?.id, inner?.id]).toEqual(['/layer1', '/layer1/layer1.0'])
  expect(inner?.parts.map((part) => (isScope(part) ? part.label : part.operator))).toEqual([
    'conv1',
    'relu',
    'conv2',
    'downsample',
    'Add',
  ])
})

test('a numbered block is called by its class, and a named one by its name', () => {
  const root = scopesOf(residual)

  expect(titles(root)).toEqual(['conv1', 'relu', 'layer1'])
  const [, , layer] = root.parts.filter(isScope)
  expect(titles(layer as Scope)).toEqual(['Bottleneck 0'])
  expect(viewOf(root, new Set()).units[0]?.label).toBe('conv1 ↓2')
})

test('where no class is told, a block with one convolution is called and colored by it', () => {
  const named = (name: string, operator: string, more: Partial<GraphNode> = {}) =>
    node(operator, [], { name: `/${name}/${operator}`, ...more })
  const root = scopesOf([
    named('model.0/conv', 'Conv', { weights, attributes: { strides: '[2, 2]' } }),
    named('model.0/act', 'Mul'),
    named('model.1', 'Resize'),
    named('model.2/cv1', 'Conv', { weights }),
    named('model.2/cv2', 'Conv', { weights }),
  ])
  const [first, , third] = root.parts.filter(isScope)

  expect(titles(root)).toEqual(['Conv 0', 'Resize 1', 'model.2'])
  expect([first, third].map((scope) => classOf({ scope, node: undefined }))).toEqual([
    'conv',
    'block',
  ])
  expect(strideOf(first as Scope)).toBe('↓2')
})
