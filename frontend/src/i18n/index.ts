import { createI18n } from 'vue-i18n'
import { compileMessage } from './compile'
import type en from './en.json'

export type Locale = 'ko' | 'en'
export type Messages = typeof en

const KEY = 'ondol.locale'
const FILES: Record<Locale, () => Promise<{ default: Messages }>> = {
  ko: () => import('./ko.json'),
  en: () => import('./en.json'),
}

function firstLocale(): Locale {
  const kept = localStorage.getItem(KEY)
  if (kept === 'ko' || kept === 'en') return kept
  return navigator.language.startsWith('ko') ? 'ko' : 'en'
}

export const i18n = createI18n<[Messages], Locale, false>({
  legacy: false,
  locale: 'en',
  messages: {} as Record<Locale, Messages>,
  messageCompiler: compileMessage,
})

/** Shows the portal in a language; only that language's messages are loaded. */
async function showLocale(locale: Locale) {
  if (!i18n.global.availableLocales.includes(locale)) {
    i18n.global.setLocaleMessage(locale, (await FILES[locale]()).default)
  }
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
}

/** Switches the language in place and remembers it: the page, its tab and its filters stay. */
export async function setLocale(locale: Locale) {
  await showLocale(locale)
  localStorage.setItem(KEY, locale)
}

export function startLocale(): Promise<void> {
  return showLocale(firstLocale())
}
