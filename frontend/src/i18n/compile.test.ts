import { describe, expect, it } from 'vitest'
import { compileMessage } from './compile'

const say = (message: string, values: Record<string, unknown> = {}) =>
  compileMessage(message)({ named: (name) => values[name] })

describe('a message', () => {
  it('is filled with its values, each as often as it stands there', () => {
    expect(say('{name} and {name} of {count}', { name: 'a', count: 2 })).toBe('a and a of 2')
  })

  it('says one thing of one and another of many', () => {
    const message = '{count} thread | {count} threads'
    expect([say(message, { count: 1 }), say(message, { count: 4 })]).toEqual([
      '1 thread',
      '4 threads',
    ])
  })
})
