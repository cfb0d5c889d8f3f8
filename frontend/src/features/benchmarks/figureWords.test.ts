import { expect, it } from 'vitest'
import { frontOf } from './figureWords'
import type { Figure } from '@/api/benchmarks'

const figure = (p50_ms: number, value: number | null) =>
  ({ p50_ms, accuracy: value === null ? null : { metric: 'top1', value } }) as Figure

it('puts on the front what nothing beats in both time and accuracy', () => {
  const rows = [
    figure(5, 80),
    figure(1, 60),
    figure(2, 59),
    figure(1, 55),
    figure(7, 79),
    figure(9, 90),
  ]
  expect(frontOf(rows).map((row) => row.p50_ms)).toEqual([1, 5, 9])
})

it('leaves out what has no accuracy', () => {
  expect(frontOf([figure(1, null)])).toEqual([])
})
