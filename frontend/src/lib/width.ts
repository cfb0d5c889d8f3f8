import { readonly, ref } from 'vue'

/** Whether the window is as wide as the style sheet's step of that many rem; it follows the window. */
function atLeast(rem: number) {
  const query = matchMedia(`(min-width: ${rem}rem)`)
  const wide = ref(query.matches)
  query.addEventListener('change', () => (wide.value = query.matches))
  return readonly(wide)
}

// The steps `md` and `lg`: what a narrow window would only hide is not made for it.
export const mdWide = atLeast(48)
export const lgWide = atLeast(64)
