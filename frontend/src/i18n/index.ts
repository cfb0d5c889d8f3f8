import { createI18n } from 'vue-i18n'
import type { RouteLocation } from 'vue-router'
import { compileMessage } from './compile'
import type en from './en.json'

export type Locale = 'ko' | 'en'
export type Messages = typeof en

const KEY = 'ondol.locale'
type Part = () => Promise<{ default: Partial<Messages> }>
const FILES: Record<Locale, { first: Part; model: Part; rest: Part }> = {
  ko: {
    first: () => import('./ko.json?first'),
    model: () => import('./ko.json?model'),
    rest: () => import('./ko.json?rest'),
  },
  en: {
    first: () => import('./en.json?first'),
    model: () => import('./en.json?model'),
    rest: () => import('./en.json?rest'),
  },
}
const asked = new Map<Part, Promise<void>>()

/** How times are written, everywhere: by 24 hours in both languages, as logs and devices do. */
const CLOCK = { hourCycle: 'h23' } as const
const TIMES = {
  day: { dateStyle: 'medium' },
  minute: { timeStyle: 'short', ...CLOCK },
  second: { timeStyle: 'medium', ...CLOCK },
  dayMinute: { dateStyle: 'medium', timeStyle: 'short', ...CLOCK },
  daySecond: { dateStyle: 'medium', timeStyle: 'medium', ...CLOCK },
} as const

/** `public/early.js` chose the language that this browser kept or prefers. */
const firstLocale = (): Locale => (document.documentElement.lang === 'ko' ? 'ko' : 'en')

export const i18n = createI18n<[Messages], Locale, false>({
  legacy: false,
  locale: firstLocale(),
  messages: {} as Record<Locale, Messages>,
  datetimeFormats: { ko: TIMES, en: TIMES },
  messageCompiler: compileMessage,
})

async function add(locale: Locale, part: Part) {
  i18n.global.mergeLocaleMessage(locale, (await part()).default)
}

/** Loads a part of a language once; a failed try may be repeated. */
function load(locale: Locale, part: Part): Promise<void> {
  const begun =
    asked.get(part) ??
    add(locale, part).catch((error: unknown) => {
      asked.delete(part)
      throw error
    })
  asked.set(part, begun)
  return begun
}

function show(locale: Locale) {
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
}

/** Loads all that the first view does not say. */
export async function loadMessages(locale: Locale = i18n.global.locale.value) {
  await Promise.all([load(locale, FILES[locale].model), load(locale, FILES[locale].rest)])
}

/** Loads what a page says: nothing more for the lists of models, all for most others. */
export async function loadMessagesOf({ name, params }: Pick<RouteLocation, 'name' | 'params'>) {
  if (name === 'entry' || name === 'models') return
  const locale = i18n.global.locale.value
  if (name === 'model' && !params['tab']) await load(locale, FILES[locale].model)
  else await loadMessages(locale)
}

/** Switches the language in place and remembers it: the page, its tab and its filters stay. */
export async function setLocale(locale: Locale) {
  // All of it first: what comes after the switch would not be drawn anew.
  await load(locale, FILES[locale].first)
  await loadMessages(locale)
  show(locale)
  localStorage.setItem(KEY, locale)
}

/** Shows the portal in this browser's language; only that language's messages are loaded. */
export async function startLocale() {
  const locale = i18n.global.locale.value
  await load(locale, FILES[locale].first)
  show(locale)
}
