import { useQueryClient } from '@tanstack/vue-query'
import { onScopeDispose, ref, watch } from 'vue'
import { fetchModel, type Model } from '@/api/catalog'
import { Refusal } from '@/api/client'
import { commitFiles, fetchReadmeText, previewReadme, README } from '@/api/model'
import { sendFile } from '@/api/uploads'
import { problemText } from '@/shell/problemText'

const PAUSE_MS = 400

/** A README that is being written: its preview as the server renders it, and its commit. */
export function useReadmeDraft(model: Model) {
  const client = useQueryClient()
  const text = ref('')
  const html = ref('')
  const loaded = ref(false)
  const busy = ref(false)
  const error = ref('')
  /** Another commit came while this text was written; it has to be looked at first. */
  const overtaken = ref<string | null>(null)
  let written = ''
  let parent = model.head?.id ?? ''
  let timer = 0

  async function load() {
    written = parent ? await fetchReadmeText(model.owner, model.name, parent) : ''
    text.value = written
    loaded.value = true
  }
  load().catch((problem: unknown) => (error.value = String(problem)))

  async function preview() {
    const asked = text.value
    const shown = await previewReadme(asked, model.id).catch(() => null)
    if (shown && asked === text.value) html.value = shown.html
  }
  watch(text, () => {
    clearTimeout(timer)
    timer = window.setTimeout(() => void preview(), html.value ? PAUSE_MS : 0)
  })
  onScopeDispose(() => {
    clearTimeout(timer)
  })

  /** Commits the text on top of what was read; says no when somebody else was quicker. */
  async function commit(message: string): Promise<boolean> {
    busy.value = true
    error.value = ''
    try {
      const sent = await sendFile(new File([text.value], README, { type: 'text/markdown' }))
      const files = [{ path: README, upload_id: sent.id }]
      await commitFiles(model.owner, model.name, message, files, parent)
      await client.invalidateQueries({ queryKey: ['models'] })
      return true
    } catch (problem) {
      const late = problem instanceof Refusal && problem.code === 'stale_parent'
      if (late && (await readTheirs()) === written) return await commit(message)
      if (!late) error.value = problemText(problem)
      return false
    } finally {
      busy.value = false
    }
  }

  /** Reads what the others committed. A README they left alone is no conflict, only a newer parent. */
  async function readTheirs(): Promise<string> {
    const now = await fetchModel(model.owner, model.name)
    parent = now.head?.id ?? ''
    const theirs = await fetchReadmeText(model.owner, model.name, parent)
    if (theirs !== written) overtaken.value = theirs
    return theirs
  }

  return {
    text,
    html,
    loaded,
    busy,
    error,
    overtaken,
    commit,
    isChanged: () => text.value !== written,
    settle(mine: boolean) {
      written = overtaken.value ?? written
      if (!mine) text.value = written
      overtaken.value = null
    },
  }
}
