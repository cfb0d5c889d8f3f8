import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

/** What the lists of models and the frame around them say; all else may come after the paint. */
export const FIRST = [
  'common',
  'error',
  'filter',
  'legend',
  'live',
  'metric',
  'missing',
  'models',
  'shell',
  'sort',
  'source',
  'start',
  'suggest',
  'theme',
  'verdict',
  'views',
]

/** What the page of a model says more, its tabs and dialogs left out. */
export const MODEL = [
  'alias',
  'artifact',
  'bar',
  'bench',
  'card',
  'deploy',
  'doubt',
  'file',
  'model',
  'visibility',
]

const partOf = (section: string) =>
  FIRST.includes(section) ? 'first' : MODEL.includes(section) ? 'model' : 'rest'

/** Cuts a language in three: `ko.json?first` is what the first view says, and so on. */
export const messages: Plugin = {
  name: 'messages',
  enforce: 'pre',
  load(id) {
    const [file = '', part] = id.split('?')
    if (!file.endsWith('.json') || !part || !/^(first|model|rest)$/.test(part)) return null
    this.addWatchFile(file)
    const all = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    const kept = Object.entries(all).filter(([name]) => partOf(name) === part)
    return { code: `export default ${JSON.stringify(Object.fromEntries(kept))}`, moduleType: 'js' }
  },
}
