import { titleOf } from './names'
import { isScope, type Scope } from './scopes'
import type { GraphNode } from '@/api/model'

/** More parts than this, side by side, nobody reads, and no page holds for long. */
const MOST = 100
const GROUPS = 25

const countIn = (parts: readonly (Scope | GraphNode)[]) =>
  parts.reduce((sum, part) => sum + (isScope(part) ? part.count : 1), 0)

/** A group of neighbors that only their number makes one: nothing in it is told by its standing open. */
export const isCrowd = (scope: Scope) => scope.id.includes('/~of~')

/** From the first to the last; what both are called is said once: 'Gemm 0–39'. */
function rangeOf(first: string, last: string): string {
  const [, kind, number] = /^(.*\D)?(\d+)$/.exec(last) ?? []
  const isShared =
    kind && number && first.startsWith(kind) && /^\d+$/.test(first.slice(kind.length))
  return isShared ? `${first}–${number}` : `${first} … ${last}`
}

/** Folds neighbors of a scope with very many parts into groups: a thousand layers, or branches. */
export function foldCrowds(scope: Scope): Scope {
  const parts = scope.parts.map((part) => (isScope(part) ? foldCrowds(part) : part))
  if (parts.length <= MOST) return { ...scope, parts }
  const size = Math.ceil(parts.length / GROUPS)
  const groups: Scope[] = []
  for (let at = 0; at < parts.length; at += size) {
    const inside = parts.slice(at, at + size)
    const [first, last] = [inside[0], inside.at(-1)]
    if (!first || !last) continue
    const label = first === last ? titleOf(first) : rangeOf(titleOf(first), titleOf(last))
    const id = `${scope.id}/~of~${at}`
    groups.push(foldCrowds({ id, label, parts: inside, count: countIn(inside) }))
  }
  return { ...scope, parts: groups }
}
