import { onScopeDispose, ref, toValue, watch, type MaybeRefOrGetter } from 'vue'

export interface JobEvent {
  job: number
  kind: 'state' | 'progress' | 'log' | 'cancel'
  at: string
  state?: string
  size?: number
}

type Listener = (event: JobEvent | null) => void

const listeners = new Map<string, Set<Listener>>()
const POLL_MS = 5000
/** Whether the one stream of this tab is up, and when it last said something. */
export const live = ref(true)
export const lastEventAt = ref<Date | null>(null)

let source: EventSource | null = null
let opened = ''
let poll: ReturnType<typeof setInterval> | undefined

function heard(topic: string, event: JobEvent | null) {
  lastEventAt.value = new Date()
  for (const listener of listeners.get(topic) ?? []) listener(event)
}

/** Opens the stream for what is listened to now; without any listener it is closed. */
function connect() {
  const topics = [...listeners.keys()].sort().join(',')
  if (topics === opened) return
  source?.close()
  source = null
  opened = topics
  if (!topics) return
  source = new EventSource(`/api/v1/events?topics=${topics}`)
  source.addEventListener('ready', () => {
    const missed = !live.value
    live.value = true
    clearInterval(poll)
    if (missed) for (const topic of listeners.keys()) heard(topic, null)
  })
  source.addEventListener('job', (message: MessageEvent<string>) => {
    const event = JSON.parse(message.data) as JobEvent
    heard('jobs', event)
    heard(`job:${event.job}`, event)
  })
  source.addEventListener('devices', () => {
    heard('devices', null)
  })
  source.onerror = () => {
    if (!live.value) return
    live.value = false
    // The browser reconnects by itself; meanwhile the pages look from time to time.
    poll = setInterval(() => {
      for (const topic of listeners.keys()) {
        for (const listener of listeners.get(topic) ?? []) listener(null)
      }
    }, POLL_MS)
  }
}

/** Calls back on each event of a topic, and with null when events may have been missed. */
export function useEvents(topic: MaybeRefOrGetter<string>, listener: Listener) {
  let current = ''
  const leave = () => {
    const set = listeners.get(current)
    set?.delete(listener)
    if (set?.size === 0) listeners.delete(current)
  }
  watch(
    () => toValue(topic),
    (wanted) => {
      leave()
      current = wanted
      const set = listeners.get(wanted) ?? new Set()
      listeners.set(wanted, set.add(listener))
      connect()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    leave()
    connect()
  })
}
