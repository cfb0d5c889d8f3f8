import { onScopeDispose, ref, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { around } from '@/lib/around'

export interface JobEvent {
  job: number
  kind: 'state' | 'progress' | 'log' | 'cancel'
  at: string
  state?: string
  size?: number
}

/** Called with each event of a topic, and with null when some may have been missed. */
type Listener = (event: JobEvent | null) => void

const SETTLE_MS = 50
const RETRY_MS = 3000
const POLL_AFTER_MS = 30_000
const POLL_MS = 10_000

/** Whether the one stream of this tab is up, and when it last said something. */
export const live = ref(true)
export const lastEventAt = ref<Date | null>(null)

const listeners = new Map<string, Set<Listener>>()
let source: EventSource | null = null
let opened: string[] = []
/** Topics whose events may have passed while the stream was down or being replaced. */
let doubtful: string[] = []
let settling: ReturnType<typeof setTimeout> | undefined
let retry: ReturnType<typeof setTimeout> | undefined
let poll: ReturnType<typeof setTimeout> | undefined

function tell(topic: string, event: JobEvent | null) {
  for (const listener of listeners.get(topic) ?? []) listener(event)
}

function onReady() {
  live.value = true
  clearTimeout(poll)
  const missed = doubtful
  doubtful = []
  for (const topic of missed) tell(topic, null)
}

function onLost() {
  doubtful = opened
  if (live.value) poll = setTimeout(look, POLL_AFTER_MS)
  live.value = false
  // The browser comes back by itself after a cut, but not after a refusal.
  if (source?.readyState !== EventSource.CLOSED) return
  clearTimeout(retry)
  retry = setTimeout(reconnect, RETRY_MS)
}

/** While the stream stays down, the pages look from time to time. */
function look() {
  for (const topic of listeners.keys()) tell(topic, null)
  poll = setTimeout(look, POLL_MS)
}

function open(topics: string[]) {
  source?.close()
  source = null
  opened = topics
  if (!topics.length) return
  const stream = new EventSource(`/api/v1/events?topics=${topics.join(',')}`)
  source = stream
  stream.addEventListener('ready', onReady)
  stream.addEventListener('job', (message: MessageEvent<string>) => {
    const event = JSON.parse(message.data) as JobEvent
    lastEventAt.value = new Date()
    tell('jobs', event)
    tell(`job:${event.job}`, event)
  })
  for (const topic of ['devices', 'notices']) {
    stream.addEventListener(topic, () => {
      lastEventAt.value = new Date()
      tell(topic, null)
    })
  }
  stream.onerror = onLost
}

/** Opens the stream anew, as after somebody asked not to wait. */
export function reconnect() {
  clearTimeout(retry)
  open([...listeners.keys()].sort())
}

/** Listens to what is asked for once a change of page has settled; with no listener it closes. */
function follow() {
  clearTimeout(settling)
  settling = setTimeout(() => {
    if (!around.value) return
    const topics = [...listeners.keys()].sort()
    if (topics.join() === opened.join()) return
    doubtful = opened.filter((topic) => topics.includes(topic))
    open(topics)
  }, SETTLE_MS)
}
watch(around, follow)

/**
 * Calls back for a topic (`jobs`, `job:12`, `devices`, `notices`) as long as the caller lives, and
 * never for an empty one: visitors are told nothing.
 */
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
      if (!wanted) return
      const set = listeners.get(wanted) ?? new Set()
      listeners.set(wanted, set.add(listener))
      follow()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    leave()
    follow()
  })
}
