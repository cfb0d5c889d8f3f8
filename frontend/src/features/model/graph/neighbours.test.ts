import { describe, expect, it } from 'vitest'
import type { Box } from './layout'
import { neighbourOf } from './neighbours'
import type { Unit, View } from './view'

/** A block: a way through two convolutions, and one past them. */
const boxes = new Map<string, Box>(
  [
    { id: 'input', x: 100, y: 0 },
    { id: 'conv1', x: 0, y: 80 },
    { id: 'shortcut', x: 200, y: 80 },
    { id: 'conv2', x: 0, y: 160 },
    { id: 'add', x: 100, y: 240 },
  ].map((box) => [box.id, { ...box, width: 172, height: 44 }]),
)
const units = [...boxes.keys()].map(
  (id) => ({ id, within: id === 'input' ? [] : ['block'] }) as unknown as Unit,
)
const view: View = {
  units,
  edges: [
    ['input', 'shortcut'],
    ['input', 'conv1'],
    ['input', 'add'],
    ['conv1', 'conv2'],
    ['conv2', 'add'],
    ['shortcut', 'add'],
  ],
  open: new Map(),
}
const to = (id: string, key: string) => neighbourOf(id, key, view, { boxes })

describe('an arrow key leads', () => {
  it('down and up along the data, by the shortest way', () => {
    expect(to('conv1', 'ArrowDown')).toBe('conv2')
    expect(to('add', 'ArrowUp')).toBe('conv2')
    expect(['shortcut', 'conv1']).toContain(to('input', 'ArrowDown'))
  })

  it('to what stands beside, whether data goes there or not', () => {
    expect(to('conv1', 'ArrowRight')).toBe('shortcut')
    expect(to('shortcut', 'ArrowLeft')).toBe('conv1')
    expect(to('conv2', 'ArrowRight')).toBeUndefined()
  })

  it('from the head of a frame to the first box in it', () => {
    expect(to('block', 'ArrowDown')).toBe('conv1')
    expect(to('block', 'ArrowUp')).toBeUndefined()
  })

  it('nowhere from the ends, and by no other key', () => {
    expect([to('input', 'ArrowUp'), to('add', 'ArrowDown'), to('add', 'Tab')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})
