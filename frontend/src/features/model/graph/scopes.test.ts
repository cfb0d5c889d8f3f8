import { expect, test } from 'vitest'
import type { GraphNode } from '@/api/model'
import { holdsBlocks, inOrder, isScope, scopesOf, type Scope } from './scopes'

const node = (name: string, operator: string): GraphNode => ({
  name,
  operator,
  inputs: [],
  outputs: [],
  shape: [],
  dtype: '',
  parameters: 0,
  weights: [],
  modules: [],
  attributes: {},
})

function blocks(scope: Scope): Scope[] {
  const inner = scope.parts.filter(isScope)
  return holdsBlocks(scope) ? inner : inner.flatMap(blocks)
}

test('a network of 3, 4, 6 and 3 numbered blocks shows 16 blocks and what stands outside', () => {
  const parts = ['conv1', 'conv2', 'conv3']
  const body = [3, 4, 6, 3].flatMap((count, stage) =>
    Array.from({ length: count }, (_, block) =>
      parts.map((part) => {
        const layer = `layer${stage + 1}`
        return node(`/${layer}/${layer}.${block}/${part}/Conv`, 'Conv')
      }),
    ).flat(),
  )
  const root = scopesOf([node('/conv1/Conv', 'Conv'), ...body, node('/fc/Gemm', 'Gemm')])

  expect(root.parts.map((part) => (isScope(part) ? part.label : part.name))).toEqual([
    'conv1',
    'layer1',
    'layer2',
    'layer3',
    'layer4',
    'fc',
  ])
  expect(blocks(root)).toHaveLength(16)
  expect(blocks(root).map((block) => block.count)).toEqual(Array(16).fill(3))
})

test('tensors stand in the scopes that their dotted names tell', () => {
  const root = scopesOf([node('layer1.0.conv.weight', ''), node('scale', '')])

  const [layer, scale] = root.parts
  expect(layer && isScope(layer) && layer.parts.map((part) => isScope(part) && part.label)).toEqual(
    ['layer1.0'],
  )
  expect(layer && isScope(layer) && holdsBlocks(layer)).toBe(true)
  expect(scale && !isScope(scale) && scale.name).toBe('scale')
})

test('a block whose parts are blocks of blocks is one, whenever its own operators come', () => {
  const names = [
    'cv1/conv/Conv',
    'cv1/act/Mul',
    'Split',
    'm.0/cv1/conv/Conv',
    'Concat',
    'cv2/conv/Conv',
  ]
  const c2f = names.map((name) => node(`/model.12/${name}`, name.split('/').at(-1) ?? ''))
  const root = scopesOf([...c2f, node('/model.13/Resize', 'Resize')])

  expect(root.parts.map((part) => (isScope(part) ? [part.label, part.count] : part.name))).toEqual([
    ['model.12', 6],
    ['model.13', 1],
  ])
})

test('tensors stand in their blocks and by number, whatever order the file has', () => {
  const counters = ['blocks.10.norm.count', 'blocks.2.norm.count']
  const weights = ['blocks.10.norm.weight', 'blocks.2.norm.weight']
  const tensors = [...counters, ...weights].map((name) => node(name, ''))

  const root = scopesOf(inOrder(tensors))

  expect(blocks(root).map(({ id, count }) => [id, count])).toEqual([
    ['/blocks/blocks.2', 2],
    ['/blocks/blocks.10', 2],
  ])
})
