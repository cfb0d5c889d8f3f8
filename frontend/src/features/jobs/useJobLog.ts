import { shallowRef, watch, type Ref } from 'vue'
import { useEvents } from '@/api/events'
import { fetchLog } from '@/api/jobs'

/** The lines of a job's log, following it while it grows. */
export function useJobLog(id: Ref<number>) {
  const lines = shallowRef<string[]>([])
  let content = new Uint8Array()
  let reading = false
  let again = false

  async function read(): Promise<void> {
    if (reading) {
      again = true
      return
    }
    reading = true
    const asked = id.value
    try {
      for (;;) {
        const part = await fetchLog(asked, content.length)
        if (asked !== id.value) break
        // A new attempt begins its log anew.
        if (part.size < content.length) content = new Uint8Array()
        else if (part.bytes.length === 0) break
        else content = joined(content, part.bytes)
        const text = new TextDecoder().decode(content)
        lines.value = text.split('\n').slice(0, -1)
        if (content.length >= part.size) break
      }
    } catch {
      // The next event, or the next look after a lost link, reads on from where this stopped.
    } finally {
      reading = false
    }
    if (again) {
      again = false
      await read()
    }
  }

  useEvents(
    () => `job:${id.value}`,
    (event) => {
      if (!event || event.kind !== 'progress') void read()
    },
  )
  watch(
    id,
    () => {
      content = new Uint8Array()
      lines.value = []
      void read()
    },
    { immediate: true },
  )
  return lines
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
