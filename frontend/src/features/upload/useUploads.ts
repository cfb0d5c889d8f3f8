import type { Upload } from 'tus-js-client'
import { computed, onScopeDispose, reactive } from 'vue'
import { fetchUpload, startUpload, type UploadState } from '@/api/uploads'

export interface Entry {
  name: string
  sizeBytes: number
  sent: number
  paused: boolean
  refused: string
  done: UploadState | null
}

interface Kept {
  id: string
  name: string
}

const KEY = 'ondol.register.uploads'

/** Files on their way: each starts at drop, pauses, goes on, and survives a reload once it is there. */
export function useUploads() {
  const entries = reactive<Entry[]>([])
  const running = new Map<Entry, Upload>()

  function keep() {
    const done = entries.filter((entry) => entry.done)
    const kept: Kept[] = done.map((entry) => ({ id: entry.done?.id ?? '', name: entry.name }))
    localStorage.setItem(KEY, JSON.stringify(kept))
  }

  async function add(file: File) {
    remove(entries.find((entry) => entry.name === file.name))
    entries.push({
      name: file.name,
      sizeBytes: file.size,
      sent: 0,
      paused: false,
      refused: '',
      done: null,
    })
    const entry = entries[entries.length - 1] as Entry
    const upload = await startUpload(file, {
      onProgress: (sent) => (entry.sent = sent),
      onDone: (state) => {
        entry.sent = entry.sizeBytes
        entry.done = state
        entry.refused = state.state === 'rejected' ? (state.finding?.message ?? '') : ''
        running.delete(entry)
        keep()
      },
      onRefused: (message) => (entry.refused = message),
    })
    running.set(entry, upload)
  }

  function toggle(entry: Entry) {
    const upload = running.get(entry)
    entry.paused = !entry.paused
    if (entry.paused) void upload?.abort()
    else upload?.start()
  }

  function remove(entry: Entry | undefined) {
    if (!entry) return
    void running.get(entry)?.abort(true)
    running.delete(entry)
    entries.splice(entries.indexOf(entry), 1)
    keep()
  }

  function clear() {
    entries.splice(0)
    localStorage.removeItem(KEY)
  }

  /** Shows again what had arrived before a reload; what the server forgot is left out. */
  async function restore() {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]') as Kept[]
    for (const { id, name } of kept) {
      const done = await fetchUpload(id).catch(() => null)
      if (!done || entries.some((entry) => entry.name === name)) continue
      const refused = done.state === 'rejected' ? (done.finding?.message ?? '') : ''
      entries.push({
        name,
        sizeBytes: done.size_bytes,
        sent: done.size_bytes,
        paused: false,
        refused,
        done,
      })
    }
  }

  onScopeDispose(() => {
    for (const upload of running.values()) void upload.abort()
  })

  return {
    entries,
    add,
    toggle,
    remove,
    clear,
    restore,
    ready: computed(() => entries.every((entry) => entry.done && !entry.refused)),
    refused: computed(() => entries.some((entry) => entry.refused)),
    left: computed(() => entries.reduce((sum, entry) => sum + entry.sizeBytes - entry.sent, 0)),
  }
}
