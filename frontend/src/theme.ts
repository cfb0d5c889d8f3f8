import { computed, ref } from 'vue'

export type ThemeChoice = 'system' | 'light' | 'dark'

const KEY = 'ondol.theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const dark = ref(system.matches)

function kept(): ThemeChoice {
  const value = localStorage.getItem(KEY)
  return value === 'light' || value === 'dark' ? value : 'system'
}

export const themeChoice = ref<ThemeChoice>(kept())
export const theme = computed(() => {
  if (themeChoice.value !== 'system') return themeChoice.value
  return dark.value ? 'dark' : 'light'
})

function apply() {
  document.documentElement.dataset['theme'] = theme.value
}

export function chooseTheme(choice: ThemeChoice) {
  themeChoice.value = choice
  if (choice === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, choice)
  apply()
}

system.addEventListener('change', (event) => {
  dark.value = event.matches
  apply()
})
apply()
