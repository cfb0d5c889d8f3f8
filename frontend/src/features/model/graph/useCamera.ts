import { useVueFlow } from '@vue-flow/core'
import { computed } from 'vue'
import type { Box, Drawing } from './layout'

const READABLE = 0.75
const MARGIN = 56
const NARROW = 480
const DOTS = 24
const TALLEST = 320

/** What part of the drawing is in view, and how large. */
export function useCamera(drawing: () => Drawing) {
  const { dimensions, fitView, setCenter, setViewport, viewport, zoomIn, zoomOut } = useVueFlow()

  /** Begins at the input, at a size that can be read; the whole is one button away. */
  function begin() {
    const { boxes, frames } = drawing()
    const all = [...boxes.values(), ...frames]
    const left = Math.min(...all.map((box) => box.x))
    const right = Math.max(...all.map((box) => box.x + box.width))
    const { width } = dimensions.value
    const zoom = Math.min(1, Math.max(READABLE, (width - MARGIN) / (right - left)))
    // Where there is little room across, the buttons stand in two rows.
    const y = width < NARROW ? 2 * MARGIN + 16 : MARGIN
    void setViewport({ x: width / 2 - ((left + right) / 2) * zoom, y, zoom })
  }

  /** Brings a box into the middle, or the head of a tall frame. */
  const centre = ({ x, y, width, height }: Box) =>
    setCenter(x + width / 2, y + Math.min(height, TALLEST) / 2, { zoom: 1 })

  /** The keyboard reaches boxes that the eye does not: they are brought into the middle. */
  function reveal({ target, currentTarget }: FocusEvent) {
    if (!(target instanceof Element) || !(currentTarget instanceof Element)) return
    const [box, pane] = [target.getBoundingClientRect(), currentTarget.getBoundingClientRect()]
    const inside =
      box.left >= pane.left &&
      box.right <= pane.right &&
      box.top >= pane.top &&
      box.bottom <= pane.bottom
    if (inside || !target.matches(':focus-visible')) return
    const { x, y, zoom } = viewport.value
    const right = pane.left + pane.width / 2 - box.left - box.width / 2
    const down = pane.top + pane.height / 2 - box.top - box.height / 2
    void setViewport({ x: x + right, y: y + down, zoom })
  }

  /** Dots that move with what is drawn: they show that a graph without an end to it was moved. */
  const ground = computed(() => {
    const { x, y, zoom } = viewport.value
    const apart = DOTS * zoom * 2 ** Math.max(0, Math.round(-Math.log2(zoom)))
    return { backgroundPosition: `${x}px ${y}px`, backgroundSize: `${apart}px ${apart}px` }
  })

  const fit = () => fitView({ maxZoom: 1 })
  return { begin, centre, reveal, ground, fit, viewport, zoomIn, zoomOut }
}
