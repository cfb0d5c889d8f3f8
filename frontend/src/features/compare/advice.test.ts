import { describe, expect, it } from 'vitest'
import { adviseOn, type Lead } from './advice'
import type { Column } from './comparison'
import { shareSpread } from './leaders'
import type { Artifact } from '@/api/model'

type Times = [device: string, p50: number, half: number, source?: string][]

function column(size: number | null, times: Times, top1?: number, samples = 500): Column {
  const artifact = {
    size_bytes: size,
    accuracy: top1 && { metric: 'top1', value: top1, evaluation_set: 1, samples },
    figures: times.map(([place, p50, half, source = 'measured']) => ({
      device: source === 'measured' ? place : '',
      profile: source === 'measured' ? '' : place,
      p50_ms: p50,
      low_ms: source === 'measured' ? p50 - half : null,
      high_ms: source === 'measured' ? p50 + half : null,
      source,
    })),
  } as unknown as Artifact
  return { artifact } as Column
}
const who = (lead: Lead | null) => [lead?.best.map(({ at }) => at), lead?.next?.at]

describe('advice', () => {
  it('names the fastest on the device that measured most of them, and what comes next', () => {
    const columns = [
      column(1, [['pi', 9, 0.1]]),
      column(1, [
        ['pi', 4, 0.1],
        ['lab', 1, 0.1],
      ]),
      column(1, [['pi', 6, 0.1]]),
    ]

    const { place, fastest, unmeasured } = adviseOn(columns, [])

    expect([place, who(fastest), unmeasured]).toEqual(['pi', [[1], 2], []])
  })

  it('asks the reader’s own device first where that measured two', () => {
    const times: Times = [
      ['lab', 1, 0.1],
      ['pi', 9, 0.1],
    ]
    const columns = [column(1, times), column(1, times), column(1, [['lab', 2, 0.1]])]

    expect(adviseOn(columns, ['pi', 'raspberry-pi-5']).place).toBe('pi')
    expect(adviseOn(columns, ['s24']).place).toBe('lab')
    expect(adviseOn(columns, ['pi']).unmeasured).toEqual([2])
  })

  it('calls a tie what lies within each other’s interval', () => {
    const columns = [column(1, [['pi', 4.2, 0.2]]), column(1, [['pi', 4, 0.1]])]

    expect(who(adviseOn(columns, []).fastest)).toEqual([[1, 0], undefined])
  })

  it('believes no vendor: without two measurements nothing is the fastest', () => {
    const columns = [column(1, [['pi', 4, 0.1]]), column(1, [['pi', 1, 0, 'published']])]

    const advice = adviseOn(columns, [])

    expect([advice.place, advice.fastest, advice.unmeasured]).toEqual(['', null, [1]])
  })

  it('tells accuracies apart only where the samples are enough for it', () => {
    const few = [column(1, [], 0.95, 100), column(1, [], 0.97, 100)]
    const many = [column(1, [], 0.95, 10_000), column(1, [], 0.97, 10_000)]

    expect(who(adviseOn(few, []).accurate)).toEqual([[1, 0], undefined])
    expect(who(adviseOn(many, []).accurate)).toEqual([[1], 0])
  })

  it('names the smallest of those whose size is known', () => {
    const columns = [column(9, []), column(null, []), column(3, [])]

    expect(who(adviseOn(columns, []).smallest)).toEqual([[2], 0])
  })

  it('counts the interval of a share as Wilson does', () => {
    const { low, high } = shareSpread(0.9, 100)

    expect([low.toFixed(3), high.toFixed(3)]).toEqual(['0.826', '0.945'])
  })
})
