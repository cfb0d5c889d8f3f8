import { expect, test } from 'vitest'
import { layOut } from './layout'
import { foldCrowds } from './crowds'
import { foldRepeats } from './repeats'
import { isScope, scopesOf } from './scopes'
import { countOf, firstOpen, MOST_UNITS, scopesAround, viewOf } from './view'
import type { GraphNode } from '@/api/model'

const bare = { shape: [], dtype: '', parameters: 1, weights: [], modules: [], attributes: {} }

/** A chain: each operator takes what the one before it gave. */
function chain(names: [string, string][]): GraphNode[] {
  return names.map(([name, operator], at) => ({
    ...bare,
    name,
    operator,
    inputs: [`t${at}`],
    outputs: [`t${at + 1}`],
  }))
}

/** The names of a ResNet-50 as PyTorch exports it, activations used again and again. */
function resnet(): GraphNode[] {
  const body = [3, 4, 6, 3].flatMap((count, stage) =>
    Array.from({ length: count }, (_, block) => `/layer${stage + 1}/layer${stage + 1}.${block}`),
  )
  const names = body.flatMap((scope): [string, string][] => [
    [`${scope}/conv1/Conv`, 'Conv'],
    [`${scope}/relu/Relu`, 'Relu'],
    [`${scope}/conv2/Conv`, 'Conv'],
    [`${scope}/relu/Relu_1`, 'Relu'],
    [`${scope}/conv3/Conv`, 'Conv'],
    [`${scope}/Add`, 'Add'],
    [`${scope}/relu/Relu_2`, 'Relu'],
  ])
  return chain([['/conv1/Conv', 'Conv'], ...names, ['/fc/Gemm', 'Gemm']])
}

test('a ResNet-50 is drawn as its 16 blocks between its two layers outside', () => {
  const root = foldRepeats(scopesOf(resnet()))
  const { units, edges, open } = viewOf(root, firstOpen(root))

  expect([...open.values()].map((scope) => scope.label)).toEqual([
    'layer1',
    'layer2',
    'layer3',
    'layer4',
  ])
  expect(units.filter((unit) => unit.scope)).toHaveLength(16)
  expect(units.filter((unit) => unit.node).map((unit) => unit.label)).toEqual(['conv1', 'fc'])
  expect(edges).toHaveLength(17)
})

test('a block unfolds to its operators; an activation used thrice is no box that data circles through', () => {
  const nodes = resnet()
  const root = scopesOf(nodes)
  const node = nodes[4] as GraphNode
  const { units, edges } = viewOf(root, new Set(scopesAround(root, node)))
  const block = units.filter((unit) => unit.within.includes('/layer1/layer1.0'))

  expect(block.map((unit) => unit.node?.operator)).toEqual([
    'Conv',
    'Relu',
    'Conv',
    'Relu',
    'Conv',
    'Add',
    'Relu',
  ])
  const order = units.map((unit) => unit.id)
  for (const [from, to] of edges) expect(order.indexOf(from)).toBeLessThan(order.indexOf(to))
})

test('what comes again and again folds where the names tell nothing', () => {
  const kinds = ['Conv', 'Mul', 'Relu', 'Add']
  const names = Array.from({ length: 24 }, (_, at): [string, string] => [
    `n${at}`,
    kinds[at % 4] ?? '',
  ])
  const root = foldRepeats(scopesOf(chain([...names, ['end', 'Gemm']])))

  expect(root.parts.filter(isScope).map((scope) => scope.count)).toEqual([4, 4, 4, 4, 4, 4])
  expect(viewOf(root, firstOpen(root)).units.length).toBeLessThanOrEqual(MOST_UNITS)
})

test('a network of thousands of operators begins with few boxes, none of them above another', () => {
  const names = Array.from({ length: 3000 }, (_, at): [string, string] => [
    `/s${Math.floor(at / 300)}/b${Math.floor(at / 10)}/Op${at}`,
    'Mul',
  ])
  const root = scopesOf(chain(names))
  const opened = firstOpen(root)
  const { boxes } = layOut(viewOf(root, opened))

  expect(countOf(root, opened)).toBe(boxes.size)
  expect(boxes.size).toBeLessThanOrEqual(40)
  const tops = [...boxes.values()].map((box) => box.y).sort((one, other) => one - other)
  for (const [at, top] of tops.entries()) expect(top - (tops[at - 1] ?? -100)).toBeGreaterThan(50)
})

test('a thousand layers in a row begin as groups, and each of them is still found', () => {
  const names = Array.from({ length: 1000 }, (_, at): [string, string][] => [
    [`/layers.${at}/fc/Gemm`, 'Gemm'],
    [`/layers.${at}/act/Relu`, 'Relu'],
  ]).flat()
  const nodes = chain(names)
  const root = foldCrowds(foldRepeats(scopesOf(nodes)))
  const opened = firstOpen(root)
  const wanted = nodes[1200] as GraphNode
  const around = new Set([...opened, ...scopesAround(root, wanted)])

  expect(viewOf(root, opened).units.map((unit) => unit.count)).toEqual(Array(25).fill(80))
  expect(countOf(root, around)).toBeLessThanOrEqual(MOST_UNITS)
  expect(viewOf(root, around).units.some((unit) => unit.node === wanted)).toBe(true)
})
