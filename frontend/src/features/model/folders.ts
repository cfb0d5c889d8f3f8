import type { ModelFile } from '@/api/model'

export interface Folder {
  path: string
  name: string
  count: number
  size_bytes: number
}

/** What lies in a folder: its folders with all that is below them, and its own files. */
export function inFolder(files: ModelFile[], folder: string) {
  const prefix = folder && `${folder}/`
  const folders = new Map<string, Folder>()
  const own: ModelFile[] = []
  for (const file of files) {
    if (!file.path.startsWith(prefix)) continue
    const [name = '', ...rest] = file.path.slice(prefix.length).split('/')
    if (!rest.length) {
      own.push(file)
      continue
    }
    const path = prefix + name
    const known = folders.get(name) ?? { path, name, count: 0, size_bytes: 0 }
    known.count += 1
    known.size_bytes += file.size_bytes
    folders.set(name, known)
  }
  return { folders: [...folders.values()], files: own }
}

/** The folders from the top down to this one. */
export function crumbsOf(folder: string): { path: string; name: string }[] {
  const names = folder.split('/').filter(Boolean)
  return names.map((name, at) => ({ path: names.slice(0, at + 1).join('/'), name }))
}

const TEXTS = new Set(['markdown', 'json', 'text', 'openvino'])
const LONGEST_TEXT = 200_000

/** Whether a file is a text short enough to be shown. */
export function isReadable(file: ModelFile): boolean {
  return file.status === 'accepted' && TEXTS.has(file.format) && file.size_bytes <= LONGEST_TEXT
}

/** Where the bytes of a file of a version are. */
export function addressOf(id: string, path: string, version: string): string {
  const escaped = path.split('/').map(encodeURIComponent).join('/')
  return `/api/v1/models/${id}/files/${escaped}?ref=${encodeURIComponent(version)}`
}
