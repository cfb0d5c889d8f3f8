import { expect, test } from 'vitest'
import { foldCrowds, isCrowd } from './crowds'
import { calledIn, isScope, scopesOf } from './scopes'
import type { GraphNode } from '@/api/model'

const layer = (at: number) =>
  ({
    name: `/layers.${at}/Gemm`,
    operator: 'Gemm',
    inputs: [],
    outputs: [],
    shape: [],
    modules: [],
    attributes: {},
  }) as unknown as GraphNode

test('a thousand layers are groups that say from which to which they go', () => {
  const root = foldCrowds(scopesOf(Array.from({ length: 1000 }, (_, at) => layer(at))))

  const groups = root.parts.filter(isScope)
  expect(groups).toHaveLength(25)
  expect(groups.map((group) => group.label).slice(0, 2)).toEqual(['Gemm 0–39', 'Gemm 40–79'])
  expect(groups.every(isCrowd)).toBe(true)
  expect(groups.map(calledIn)).toEqual(Array(25).fill(''))
})
