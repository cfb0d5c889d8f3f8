import { createI18n } from 'vue-i18n'
import en from './en.json'

export type Locale = 'ko' | 'en'
type Messages = typeof en

const KEY = 'ondol.locale'

function firstLocale(): Locale {
  const kept = localStorage.getItem(KEY)
  if (kept === 'ko' || kept === 'en') return kept
  return navigator.language.startsWith('ko') ? 'ko' : 'en'
}

export const i18n = createI18n<[Messages], Locale, false>({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en } as Record<Locale, Messages>,
})

/** Switches the language in place: the page, its tab and its filters stay. */
export async function setLocale(locale: Locale) {
  if (locale === 'ko' && !i18n.global.availableLocales.includes('ko')) {
    i18n.global.setLocaleMessage('ko', (await import('./ko.json')).default)
  }
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
  localStorage.setItem(KEY, locale)
}

export function startLocale(): Promise<void> {
  return setLocale(firstLocale())
}
