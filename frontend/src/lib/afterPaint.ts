export const afterPaint = (then: () => void) => requestAnimationFrame(() => setTimeout(then))
