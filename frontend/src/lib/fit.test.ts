import { describe, expect, it } from 'vitest'
import { figureFor, fitOf, shareText } from './fit'

const measured = (p50_ms: number) => ({ p50_ms, high_ms: p50_ms * 3, source: 'measured' })

describe('fit', () => {
  it('judges what was measured by its median', () => {
    expect(fitOf(measured(8), 32)).toEqual({ word: 'fits', share: 0.25 })
    expect(fitOf(measured(30), 33).word).toBe('tight')
    expect(fitOf(measured(33), 33).word).toBe('tight')
    expect(fitOf(measured(34), 33).word).toBe('over')
  })

  it('judges an estimate by the slow end of its range', () => {
    expect(fitOf({ p50_ms: 20, high_ms: 40, source: 'predicted' }, 33).word).toBe('over')
  })

  it('takes the figure of the device one has, then of its kind, and of no other', () => {
    const of = (device: string, profile: string, p50_ms: number, source = 'published') => ({
      device,
      profile,
      p50_ms,
      high_ms: null,
      source,
    })
    const figures = [
      of('Galaxy S24', 's24', 1),
      of('RB3 Gen 2', 'rb3', 3),
      of('gate-cam', 'rb3', 4, 'measured'),
    ]
    const found = (...names: string[]) => figureFor(figures, names)?.p50_ms
    expect([found(), found('gate-cam', 'rb3'), found('rb3'), found('s24'), found('pi')]).toEqual([
      4,
      4,
      4,
      1,
      undefined,
    ])
  })

  it('writes shares as percent and what is over as a multiple', () => {
    expect([0.001, 0.1, 0.97, 1, 1.02, 6.18, 40].map(shareText)).toEqual([
      '< 1 %',
      '10 %',
      '97 %',
      '100 %',
      '1.0×',
      '6.2×',
      '40×',
    ])
  })
})
