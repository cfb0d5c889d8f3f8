import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tokens } from './tokens'

type Theme = (typeof tokens)[keyof typeof tokens]

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
  const [r = 0, g = 0, b = 0] = parts.map((v) =>
    v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

const TEXT_PAIRS: [keyof Theme, keyof Theme][] = [
  ['text', 'bg'],
  ['text', 'surface'],
  ['text', 'raised'],
  ['text', 'accent-soft'],
  ['text', 'warning-soft'],
  ['text', 'danger-soft'],
  ['text-2', 'bg'],
  ['text-2', 'surface'],
  ['text-2', 'raised'],
  ['accent', 'bg'],
  ['accent', 'surface'],
  ['success', 'bg'],
  ['warning', 'bg'],
  ['danger', 'bg'],
  ['running', 'bg'],
  ['d1', 'bg'],
  ['d2', 'bg'],
  ['d3', 'bg'],
  ['d4', 'bg'],
  ['d5', 'bg'],
  ['d6', 'bg'],
  ['accent', 'accent-soft'],
  ['on-accent', 'accent'],
  ['success', 'success-soft'],
  ['warning', 'warning-soft'],
  ['danger', 'danger-soft'],
  ['running', 'running-soft'],
]

describe.each(Object.entries(tokens))('the %s theme', (name, theme) => {
  it.each(TEXT_PAIRS)('lets people read %s on %s', (front, back) => {
    expect(contrast(theme[front], theme[back])).toBeGreaterThanOrEqual(5)
  })

  it.each(['d1', 'd3', 'd4'] as const)('lets people read %s in a snippet', (front) => {
    expect(contrast(theme[front], theme.surface)).toBeGreaterThanOrEqual(4.5)
  })

  it('shows where a control ends', () => {
    expect(contrast(theme['line-strong'], theme.bg)).toBeGreaterThanOrEqual(3.3)
  })

  it('is what the style sheet says', () => {
    const css = readFileSync('src/styles.css', 'utf8')
    const start = name === 'light' ? ':root {' : ":root[data-theme='dark'] {"
    const block = css.slice(css.indexOf(start)).split('}')[0] ?? ''
    for (const [role, value] of Object.entries(theme))
      expect(block).toContain(`--${role}: ${value};`)
  })
})
