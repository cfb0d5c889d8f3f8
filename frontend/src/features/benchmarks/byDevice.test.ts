import { expect, it } from 'vitest'
import { byDevice } from './byDevice'
import type { Figure } from '@/api/benchmarks'

it('keeps the order that was asked for, in a group and among groups, after one’s own device', () => {
  const rows = [
    ['s24', 1],
    ['pi', 2],
    ['s24', 3],
    ['rb3', 4],
  ].map(([device, id]) => ({ device, id }) as Figure)
  const said = (mine: string) =>
    byDevice(rows, mine).map((group) => [group.device, ...group.rows.map(({ id }) => id)])

  expect(said('')).toEqual([
    ['s24', 1, 3],
    ['pi', 2],
    ['rb3', 4],
  ])
  expect(said('rb3').map(([device]) => device)).toEqual(['rb3', 's24', 'pi'])
})
