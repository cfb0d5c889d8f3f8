import { shallowRef, triggerRef, watch, type Ref } from 'vue'
import { useEvents } from '@/api/events'
import { fetchLog } from '@/api/jobs'

/** The lines of a job's log, following it while it grows. */
export function useJobLog(id: Ref<number>) {
  const lines = shallowRef<string[]>([])
  const failed = shallowRef(false)
  let decoder = new TextDecoder()
  let known = 0
  let rest = ''
  let reading = false
  let again = false

  function restart() {
    decoder = new TextDecoder()
    known = 0
    rest = ''
    lines.value = []
  }

  /** Takes in a part of the log; an unfinished line waits for its end. */
  function take(bytes: Uint8Array) {
    known += bytes.length
    const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) lines.value.push(part)
    triggerRef(lines)
  }

  async function readOn(asked: number): Promise<void> {
    for (;;) {
      const part = await fetchLog(asked, known)
      if (asked !== id.value) return
      // A new attempt begins its log anew.
      if (part.size < known) restart()
      else if (part.bytes.length === 0) return
      else take(part.bytes)
      if (known >= part.size) return
    }
  }

  async function read(): Promise<void> {
    again = reading
    if (reading) return
    reading = true
    // A part that does not come is asked for again by the next event, or by the next look.
    failed.value = await readOn(id.value).then(
      () => false,
      () => true,
    )
    reading = false
    if (again) await read()
  }

  useEvents(
    () => `job:${id.value}`,
    (event) => {
      if (event?.kind !== 'progress') void read()
    },
  )
  watch(
    id,
    () => {
      restart()
      void read()
    },
    { immediate: true },
  )
  return { lines, failed, read }
}
