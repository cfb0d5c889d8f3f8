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
  'source',
  'start',
  'suggest',
  'theme',
  'verdict',
  'views',
]

/** Cuts a language in two: `ko.json?first` is what the first view says, `ko.json?rest` the rest. */
export const messages: Plugin = {
  name: 'messages',
  enforce: 'pre',
  load(id) {
    const [file = '', part] = id.split('?')
    if (!file.endsWith('.json') || (part !== 'first' && part !== 'rest')) return null
    this.addWatchFile(file)
    const all = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    const kept = Object.entries(all).filter(([name]) => FIRST.includes(name) === (part === 'first'))
    return { code: `export default ${JSON.stringify(Object.fromEntries(kept))}`, moduleType: 'js' }
  },
}
