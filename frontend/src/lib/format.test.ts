import { describe, expect, it } from 'vitest'
import {
  accuracyText,
  ago,
  bytes,
  change,
  half,
  ms,
  parametersText,
  shapeText,
  span,
  tiny,
} from './format'

describe('numbers', () => {
  it('keep three figures and their unit', () => {
    expect(bytes(999)).toEqual(['999', 'B'])
    expect(bytes(3_250_000)).toEqual(['3.25', 'MB'])
    expect(bytes(999_700)).toEqual(['1.00', 'MB'])
    expect([0.2134, 8.2, 31.94, 204.4, 4076].map(ms)).toEqual([
      '0.213',
      '8.20',
      '31.9',
      '204',
      '4,076',
    ])
  })

  it('of parameters are told in thousands, millions and billions', () => {
    expect([640, 9_999, 25_557_032, 999_950_000].map(parametersText)).toEqual([
      '640',
      '10.0 K',
      '25.6 M',
      '1.00 B',
    ])
  })

  it('of a shape stand between crosses, those that are open as question marks', () => {
    expect(shapeText(['1', '3', '224', '224'])).toBe('1×3×224×224')
    expect(shapeText([-1, 'batch', 'unk__4'])).toBe('?×batch×?')
  })

  it('are read as their metric is', () => {
    expect(accuracyText({ metric: 'top1', value: 0.9712 })).toBe('97.1')
    expect(accuracyText({ metric: 'cosine', value: 0.99812 })).toBe('0.9981')
    expect(accuracyText({ metric: 'mAP', value: 32 })).toBe('32.0')
  })

  it('that are tiny are told by their power of ten', () => {
    expect([tiny(0.01873), tiny(1.28e-8), tiny(0)]).toEqual(['0.019', '1.3 × 10⁻⁸', '0'])
  })

  it('that changed carry their sign', () => {
    expect([change(-0.0038), change(0.0021), change(-0.0001)]).toEqual(['−0.4', '+0.2', '0.0'])
  })

  it('have no ± without an interval', () => {
    expect(half(null, null)).toBeNull()
    expect(half(8.1, 8.3)).toBe('0.1')
    expect([half(0.2, 0.206), half(10, 40), half(100, 104)]).toEqual(['0.003', '15', '2.0'])
  })
})

describe('times', () => {
  const noon = Date.parse('2026-01-01T12:00:00Z')

  it('are told in the language of the reader', () => {
    expect(ago('2026-01-01T09:00:00Z', 'ko', noon)).toBe('3시간 전')
    expect(ago('2025-12-30T12:00:00Z', 'en', noon)).toBe('2 days ago')
  })

  it('of a running job grow', () => {
    const now = '2026-07-01T10:00:00Z'
    expect([span(now, now, 'en'), span(now, now, 'ko')]).toEqual(['< 1 s', '1초 미만'])
    expect(span('2026-01-01T11:58:54Z', null, 'en', noon)).toBe('1 m 06 s')
    expect(span('2026-01-01T09:55:00Z', '2026-01-01T12:00:00Z', 'en')).toBe('2 h 05 m')
    expect(span('2026-01-01T11:58:54Z', null, 'ko', noon)).toBe('1분 6초')
  })
})
