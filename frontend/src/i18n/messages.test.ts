import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FIRST, MODEL } from '../../messages'
import en from './en.json'
import ko from './ko.json'

function keysOf(tree: object, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value ? keysOf(value, `${prefix}${name}.`) : [prefix + name],
  )
}

function textAt(tree: object, key: string): string {
  return key
    .split('.')
    .reduce((at: unknown, part) => (at as Record<string, unknown>)[part], tree) as string
}

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return sources(path)
    return /\.(vue|ts)$/.test(name) && !name.endsWith('.test.ts')
      ? [readFileSync(path, 'utf8')]
      : []
  })
}

/** The sections whose words parts of a page say. */
const spokenIn = (parts: string[]) =>
  [...parts.join('\n').matchAll(/\bt\(\s*['`](\w+)\./g)].map((one) => one[1] ?? '')

/** The sources that come with some files at once, and not only when something is opened. */
function withImports(paths: string[], found = new Map<string, string>()): Iterable<string> {
  for (const path of paths) {
    if (found.has(path)) continue
    const source = readFileSync(path, 'utf8')
    found.set(path, source)
    const named = [...source.matchAll(/^(?:import|export) [^'(]*'([.@]\/[^']+|\.\.[^']+)'$/gm)]
    const inside = named
      .map(([, name = '']) =>
        name.startsWith('@') ? join('src', name.slice(2)) : join(path, '..', name),
      )
      .flatMap((name) => [name, `${name}.ts`, join(name, 'index.ts')])
    withImports(
      inside.filter((name) => /\.(vue|ts)$/.test(name) && existsSync(name)),
      found,
    )
  }
  return found.values()
}

const keys = keysOf(en)
const code = sources('src').join('\n')
const used = [...code.matchAll(/\bt\(\s*'([\w.]+)'/g)].map((match) => match[1] ?? '')
const families = [...code.matchAll(/\bte?\(\s*`([\w.]+?)\$\{/g)].map((match) => match[1] ?? '')

describe('the two languages', () => {
  it('have the same keys', () => {
    expect(keysOf(ko).sort()).toEqual([...keys].sort())
  })

  it('fill in the same values', () => {
    const places = (text: string) =>
      [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort()
    for (const key of keys) expect(places(textAt(ko, key)), key).toEqual(places(textAt(en, key)))
  })

  it('have every key that the code asks for', () => {
    expect(used.length).toBeGreaterThan(100)
    expect(used.filter((key) => !keys.includes(key))).toEqual([])
    for (const family of families)
      expect(
        keys.some((key) => key.startsWith(family)),
        family,
      ).toBe(true)
  })

  it('carry no key that nothing asks for', () => {
    const asked = (key: string) =>
      used.includes(key) || families.some((family) => key.startsWith(family))
    expect(keys.filter((key) => !asked(key))).toEqual([])
  })

  it('say at once what the lists of models and the frame around them say', () => {
    const lists = ['EntryPage', 'ModelsPage'].map((name) => `src/features/catalog/${name}.vue`)
    const spoken = spokenIn([...withImports(['src/shell/Shell.vue', ...lists])])

    expect(spoken.length).toBeGreaterThan(40)
    expect([...new Set(spoken)].filter((name) => !FIRST.includes(name))).toEqual([])
  })

  it('say before the page of a model what it says, its tabs and dialogs left out', () => {
    const page = readFileSync('src/features/model/ModelPage.vue', 'utf8')
    const parts = [...page.matchAll(/^import \w+ from '\.\/(\w+\.vue)'$/gm)].map(([, name]) => name)
    const shown = ['ModelPage.vue', 'ModelActions.vue', 'RefBadge.vue', ...parts]
    const spoken = spokenIn(
      shown.map((name) => readFileSync(`src/features/model/${name ?? ''}`, 'utf8')),
    )

    expect(parts.length).toBeGreaterThan(4)
    expect([...new Set(spoken)].filter((name) => ![...FIRST, ...MODEL].includes(name))).toEqual([])
  })
})
