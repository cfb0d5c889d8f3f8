import { ref } from 'vue'

export type ThemeChoice = 'system' | 'light' | 'dark'

const KEY = 'ondol.theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
export const theme = ref<'light' | 'dark'>('light')

function apply() {
  const kept = localStorage.getItem(KEY)
  theme.value = kept === 'dark' || (kept !== 'light' && dark.matches) ? 'dark' : 'light'
  document.documentElement.dataset['theme'] = theme.value
}

export function chooseTheme(choice: ThemeChoice) {
  if (choice === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, choice)
  apply()
}

dark.addEventListener('change', apply)
apply()
