import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { live, useEvents } from './events'

class FakeSource extends EventTarget {
  static readonly CLOSED = 2
  static all: FakeSource[] = []
  readyState = 1
  onerror: (() => void) | null = null
  constructor(readonly url: string) {
    super()
    FakeSource.all.push(this)
  }
  close() {
    this.readyState = FakeSource.CLOSED
  }
  say(name: string, data: object = {}) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }))
  }
  cut(state: number) {
    this.readyState = state
    this.onerror?.()
  }
}

let scope: EffectScope
const last = () => FakeSource.all.at(-1) as FakeSource

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', FakeSource)
  FakeSource.all = []
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.runOnlyPendingTimers()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('live events', () => {
  it('come over one stream, whatever is listened to', () => {
    const heard = vi.fn()
    scope.run(() => {
      useEvents('jobs', heard)
      useEvents('job:12', heard)
      useEvents('devices', heard)
    })
    vi.advanceTimersByTime(100)

    expect(FakeSource.all.map((source) => source.url)).toEqual([
      '/api/v1/events?topics=devices,job:12,jobs',
    ])
    last().say('job', { job: 12, kind: 'state', state: 'running' })
    expect(heard).toHaveBeenCalledTimes(2)
  })

  it('are asked for again after a refusal, and then all that may have been missed', () => {
    const heard = vi.fn()
    scope.run(() => {
      useEvents('jobs', heard)
    })
    vi.advanceTimersByTime(100)
    last().say('ready')
    last().cut(FakeSource.CLOSED)
    expect(live.value).toBe(false)

    vi.advanceTimersByTime(3000)
    expect(FakeSource.all).toHaveLength(2)
    last().say('ready')

    expect([live.value, heard.mock.calls]).toEqual([true, [[null]]])
  })

  it('are replaced by looking while the stream stays down', () => {
    const heard = vi.fn()
    scope.run(() => {
      useEvents('jobs', heard)
    })
    vi.advanceTimersByTime(100)
    last().cut(0)

    vi.advanceTimersByTime(29_000)
    expect(heard).not.toHaveBeenCalled()
    vi.advanceTimersByTime(21_500)
    expect(heard).toHaveBeenCalledTimes(3)
  })
})
