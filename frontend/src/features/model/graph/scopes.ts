import type { GraphNode } from '@/api/model'

export interface Scope {
  id: string
  label: string
  /** The class of the module that it is, where the file tells it. */
  kind?: string
  /** Scopes and operators in the order of the file. */
  parts: (Scope | GraphNode)[]
  count: number
}

export const isScope = (part: Scope | GraphNode): part is Scope => 'parts' in part

export function nodesOf(part: Scope | GraphNode): GraphNode[] {
  return isScope(part) ? part.parts.flatMap(nodesOf) : [part]
}

/** A scope around one operator is that operator, under the scope's name. */
export const onlyOf = (part: Scope | GraphNode): GraphNode | undefined =>
  isScope(part) ? (part.count === 1 ? nodesOf(part)[0] : undefined) : part

/** A module under its own name in what holds it: 'conv1' in 'layer1.0', and 'layer1.0' in 'layer1'. */
function labelIn(outer: string, name: string): string {
  const own = outer && name.startsWith(`${outer}.`) ? name.slice(outer.length + 1) : name
  return /^\d/.test(own) ? (/[^.]*[^.\d][^.]*(\.\d+)*$/.exec(name)?.[0] ?? name) : own
}

/**
 * Where an operator stands: in the modules that the file tells of, else in what its name says.
 * '/layer1/layer1.0/conv1/Conv' is in three scopes.
 */
function path(node: GraphNode): string[] {
  if (node.modules.length) {
    return node.modules.map(({ name }, at) => labelIn(node.modules[at - 1]?.name ?? '', name))
  }
  const words = node.name.split(node.operator ? '/' : '.').filter(Boolean)
  const modules = words.slice(0, -1)
  if (node.operator) return modules
  return modules.map((_, at) =>
    labelIn(modules.slice(0, at).join('.'), modules.slice(0, at + 1).join('.')),
  )
}

/** Where an operator stands, in few words: 'layer1.0 / conv1' of '/layer1/layer1.0/conv1/Conv'. */
export const placeOf = (node: GraphNode) =>
  path(node)
    .filter((word, at, all) => !all[at + 1]?.startsWith(`${word}.`))
    .join(' / ') || node.name

/** What the file calls a scope; a group that we made stands where its parts do. */
export const calledIn = (scope: Scope) => scope.id.replace(/\/~.*$/, '')

const idOf = (words: readonly string[]) => words.map((word) => `/${word}`).join('')

/**
 * The scopes that are no block: an activation that a block uses three times has one name, but its
 * operators stand apart, and folded together they would make the data run in circles.
 */
function scattered(nodes: readonly GraphNode[]): Set<string> {
  const last = new Map<string, number>()
  const apart = new Set<string>()
  nodes.forEach((node, at) => {
    // Between tensors no data goes, and a file holds them in an order of its own.
    if (!node.operator) return
    const id = idOf(path(node))
    const before = last.get(id)
    if (id && before !== undefined && before !== at - 1) apart.add(id)
    last.set(id, at)
  })
  // A scope with scopes of its own is a block, even where an operator of its own comes late.
  for (const id of last.keys()) {
    const words = id.split('/').slice(1, -1)
    words.forEach((_, at) => apart.delete(idOf(words.slice(0, at + 1))))
  }
  return apart
}

const BY_NUMBER = new Intl.Collator('en', { numeric: true })

/** Operators as the file has them; tensors by name, for files sort them by their types. */
export const inOrder = (nodes: readonly GraphNode[]) =>
  nodes.some((node) => node.operator)
    ? nodes
    : nodes.toSorted((one, two) => BY_NUMBER.compare(one.name, two.name))

/** Sorts operators into the scopes that their names tell. */
export function scopesOf(nodes: readonly GraphNode[]): Scope {
  const root: Scope = { id: '', label: '', parts: [], count: 0 }
  const known = new Map<string, Scope>([['', root]])
  const apart = scattered(nodes)
  for (const node of nodes) {
    let place = root
    place.count += 1
    for (const [depth, label] of path(node).entries()) {
      const id = `${place.id}/${label}`
      if (apart.has(id)) break
      let next = known.get(id)
      if (!next) {
        next = { id, label, kind: node.modules[depth]?.kind ?? '', parts: [], count: 0 }
        known.set(id, next)
        place.parts.push(next)
      }
      next.count += 1
      place = next
    }
    place.parts.push(node)
  }
  return root
}

/** Of one of several of its kind: the 3 of 'layer1.3'. */
export const numberOf = (scope: Scope) => /(?:^|[._])(\d+)$/.exec(scope.label)?.[1]

/** A scope that holds nothing but numbered blocks stands open, so that the blocks are seen. */
export function holdsBlocks(scope: Scope): boolean {
  return scope.parts.every((part) => isScope(part) && numberOf(part) !== undefined)
}
