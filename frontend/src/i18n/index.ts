import { createI18n } from 'vue-i18n'
import { compileMessage } from './compile'
import type en from './en.json'

export type Locale = 'ko' | 'en'
export type Messages = typeof en

const KEY = 'ondol.locale'
type Part = () => Promise<{ default: Partial<Messages> }>
const FILES: Record<Locale, { first: Part; rest: Part }> = {
  ko: { first: () => import('./ko.json?first'), rest: () => import('./ko.json?rest') },
  en: { first: () => import('./en.json?first'), rest: () => import('./en.json?rest') },
}
const whole = new Map<Locale, Promise<void>>()

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

async function add(locale: Locale, part: Part) {
  i18n.global.mergeLocaleMessage(locale, (await part()).default)
}

async function loadFirst(locale: Locale) {
  if (!i18n.global.availableLocales.includes(locale)) await add(locale, FILES[locale].first)
}

function show(locale: Locale) {
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
}

/** Loads what the first view does not say; every other page waits for it. */
export function loadMessages(locale: Locale = i18n.global.locale.value): Promise<void> {
  const asked = whole.get(locale) ?? add(locale, FILES[locale].rest)
  whole.set(locale, asked)
  return asked
}

/** Switches the language in place and remembers it: the page, its tab and its filters stay. */
export async function setLocale(locale: Locale) {
  // All of it first: what comes after the switch would not be drawn anew.
  await loadFirst(locale)
  await loadMessages(locale)
  show(locale)
  localStorage.setItem(KEY, locale)
}

/** Shows the portal in this browser's language; only that language's messages are loaded. */
export async function startLocale() {
  const locale = firstLocale()
  await loadFirst(locale)
  show(locale)
}
