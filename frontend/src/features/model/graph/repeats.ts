import { isScope, type Scope } from './scopes'
import type { GraphNode } from '@/api/model'

const FEWEST = 12
const LONGEST = 64
const SHORTEST = 3
const NAMED = 2

const kindOf = (part: Scope | GraphNode) =>
  isScope(part) ? '' : `${part.operator} ${part.weights.length}`

/** How often the run of `length` kinds from `at` on comes again without a gap. */
function timesAt(kinds: readonly string[], at: number, length: number): number {
  let times = 1
  for (;;) {
    const start = at + times * length
    for (let step = 0; step < length; step += 1) {
      if (!kinds[at + step] || kinds[start + step] !== kinds[at + step]) return times
    }
    times += 1
  }
}

function bestRun(kinds: readonly string[], at: number): { length: number; times: number } {
  let best = { length: 0, times: 0 }
  for (let length = SHORTEST; length <= LONGEST; length += 1) {
    const times = timesAt(kinds, at, length)
    if (times > 1 && times * length > best.times * best.length) best = { length, times }
  }
  return best
}

function block(scope: Scope, parts: GraphNode[], number: number): Scope {
  const names = parts.slice(0, NAMED).map((part) => part.operator)
  const label = `${names.join(', ')} … ${number}`
  return { id: `${scope.id}/~${number}`, label, parts, count: parts.length }
}

/** Folds what comes again and again where the names tell of no blocks; other scopes stay as they are. */
export function foldRepeats(scope: Scope): Scope {
  const parts = scope.parts.map((part) => (isScope(part) ? foldRepeats(part) : part))
  if (parts.filter((part) => !isScope(part)).length < FEWEST) return { ...scope, parts }
  const kinds = parts.map(kindOf)
  const folded: (Scope | GraphNode)[] = []
  let number = 0
  for (let at = 0; at < parts.length;) {
    const { length, times } = bestRun(kinds, at)
    for (let turn = 0; turn < times; turn += 1) {
      number += 1
      const from = at + turn * length
      folded.push(block(scope, parts.slice(from, from + length) as GraphNode[], number))
    }
    if (!times) folded.push(parts[at] as Scope | GraphNode)
    at += Math.max(1, length * times)
  }
  return { ...scope, parts: folded }
}
