import type { Box, Drawing } from './layout'
import type { View } from './view'

const ASIDE: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 }

const middleOf = (box: Box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 })

function distance(one: Box, other: Box): number {
  const [from, to] = [middleOf(one), middleOf(other)]
  return Math.abs(from.x - to.x) + Math.abs(from.y - to.y)
}

/**
 * Where an arrow key leads from a box: down and up along the data, by the shortest of its ways; left
 * and right to what stands beside it. From the head of a frame it leads down, to the first box in it.
 */
export function neighbourOf(
  id: string,
  key: string,
  view: View,
  { boxes }: Pick<Drawing, 'boxes'>,
): string | undefined {
  const from = boxes.get(id)
  if (!from) {
    return key === 'ArrowDown' ? view.units.find((one) => one.within.includes(id))?.id : undefined
  }
  const side = ASIDE[key]
  const reached = new Set(
    view.edges.flatMap(([source, target]) => {
      if (key === 'ArrowDown') return source === id ? [target] : []
      return key === 'ArrowUp' && target === id ? [source] : []
    }),
  )
  const beside = (box: Box) =>
    side !== undefined &&
    (middleOf(box).x - middleOf(from).x) * side > 0 &&
    box.y < from.y + from.height &&
    from.y < box.y + box.height
  return [...boxes.values()]
    .filter((box) => (side === undefined ? reached.has(box.id) : beside(box)))
    .sort((one, other) => distance(from, one) - distance(from, other))[0]?.id
}
