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
    expect(say(message, { count: '1' })).toBe('1 thread')
  })

  it('says the Korean particle that fits the word before it', () => {
    const all = '‘{q}’을(를) {q}이(가) {q}은(는) {q}과(와) ‘{q}’(으)로'
    expect(say(all, { q: '주차 단속' })).toBe(
      '‘주차 단속’을 주차 단속이 주차 단속은 주차 단속과 ‘주차 단속’으로',
    )
    expect(say(all, { q: '보행자' })).toBe('‘보행자’를 보행자가 보행자는 보행자와 ‘보행자’로')
    expect(say('{q}(으)로', { q: '교실' })).toBe('교실로')
    expect(say('{q}(으)로', { q: 'yolo' })).toBe('yolo(으)로')
  })
})
