import type { Upload } from 'tus-js-client'
import { computed, onScopeDispose, reactive } from 'vue'
import { fetchUpload, startUpload, type UploadState } from '@/api/uploads'
import { findingText, problemText } from '@/shell/problemText'

export interface Entry {
  name: string
  sizeBytes: number
  sent: number
  paused: boolean
  /** Cut off by a reload: the bytes sent are safe, but the browser no longer holds the file. */
  lost: boolean
  refused: string
  done: UploadState | null
}

interface Kept {
  id: string
  name: string
  sizeBytes: number
  sent: number
}

const KEY = 'ondol.register.uploads'

function entryOf(name: string, sizeBytes: number): Entry {
  return { name, sizeBytes, sent: 0, paused: false, lost: false, refused: '', done: null }
}

function finish(entry: Entry, state: UploadState) {
  entry.sent = entry.sizeBytes
  entry.done = state
  entry.refused = state.state === 'rejected' ? findingText(state.finding) : ''
}

/** Files on their way: each starts at drop, pauses, goes on, and survives a reload. */
export function useUploads() {
  const entries = reactive<Entry[]>([])
  const running = new Map<Entry, Upload>()

  function keep() {
    const kept: Kept[] = entries.map(({ done, name, sizeBytes, sent }) => ({
      id: done?.id ?? '',
      name,
      sizeBytes,
      sent,
    }))
    localStorage.setItem(KEY, JSON.stringify(kept))
  }

  async function add(file: File) {
    const before = entries.find((entry) => entry.name === file.name)
    if (before) forget(before)
    entries.push(entryOf(file.name, file.size))
    const entry = entries[entries.length - 1] as Entry
    keep()
    const upload = await startUpload(file, {
      onProgress: (sent) => {
        entry.sent = sent
        keep()
      },
      onDone: (state) => {
        finish(entry, state)
        running.delete(entry)
        keep()
      },
      onRefused: (problem) => (entry.refused = problemText(problem)),
    })
    // Taken off the list before the first byte was on its way.
    if (entries.includes(entry)) running.set(entry, upload)
    else void upload.abort(true)
  }

  function toggle(entry: Entry) {
    const upload = running.get(entry)
    entry.paused = !entry.paused
    if (entry.paused) void upload?.abort()
    else upload?.start()
  }

  function forget(entry: Entry) {
    running.delete(entry)
    entries.splice(entries.indexOf(entry), 1)
    keep()
  }

  function remove(entry: Entry) {
    void running.get(entry)?.abort(true)
    forget(entry)
  }

  function clear() {
    entries.splice(0)
    localStorage.removeItem(KEY)
  }

  /** Shows again what was there before a reload; what the server forgot is left out. */
  async function restore() {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]') as Kept[]
    for (const { id, name, sizeBytes, sent } of kept) {
      if (entries.some((entry) => entry.name === name)) continue
      const done = id ? await fetchUpload(id).catch(() => null) : null
      if (id && !done) continue
      const entry = { ...entryOf(name, sizeBytes), sent, lost: !done }
      if (done) finish(entry, done)
      entries.push(entry)
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
    lost: computed(() => entries.some((entry) => entry.lost)),
    left: computed(() => entries.reduce((sum, entry) => sum + entry.sizeBytes - entry.sent, 0)),
    total: computed(() => entries.reduce((sum, entry) => sum + entry.sizeBytes, 0)),
    arrived: computed(() => entries.filter((entry) => entry.done).length),
  }
}
