import { fieldErrors, Refusal } from '@/api/client'
import { i18n } from '@/i18n'
import { sizeText } from '@/lib/format'

/** When one may try again, in the reader's language; nothing for any other problem. */
export function tooManyText(problem: unknown): string {
  if (!(problem instanceof Refusal) || problem.status !== 429) return ''
  const at = problem.retryAt ?? new Date()
  const { t, d } = i18n.global
  return t('error.tooMany', { time: d(at, 'second') })
}

type Values = Refusal['values']

const written = (name: string, value: string | number) =>
  name.endsWith('_bytes') ? sizeText(Number(value)) : value

/** What a code of the server means, in the reader's language; nothing where it has no words. */
export function wordsOf(code: string, values: Values = {}): string {
  const { t, te } = i18n.global
  const key = `refusal.${code}`
  if (!code || !te(`refusal.${code}`)) return ''
  const told = Object.entries(values).map(([name, value]) => [name, written(name, value)])
  return t(key, Object.fromEntries(told))
}

interface Finding {
  code: string
  message: string
}

/** What is wrong with a file. The server says it closer, and in English: there it stays so. */
export function findingText(finding: Finding | null | undefined): string {
  if (!finding) return ''
  const said = i18n.global.locale.value === 'en' ? '' : wordsOf(finding.code)
  return said || finding.message
}

/** What is wrong with each field, likewise. */
export function fieldTexts(problem: unknown): Record<string, string> {
  const said = problem instanceof Refusal ? wordsOf(problem.code, problem.values) : ''
  const named = Object.entries(fieldErrors(problem))
  return Object.fromEntries(named.map(([field, message]) => [field, said || message]))
}

/**
 * What went wrong, in words that a form, a notice or a toast can show: a server that is silent or
 * wants a pause is told of in the reader's language, and a fault with the number to ask about it.
 */
export function problemText(problem: unknown): string {
  if (!(problem instanceof Refusal))
    return problem instanceof Error ? problem.message : String(problem)
  const { t } = i18n.global
  if (problem.status === 0) return t('error.offlineText')
  const said = tooManyText(problem) || wordsOf(problem.code, problem.values) || problem.message
  const number = problem.status >= 500 ? problem.requestId : ''
  return number ? `${said} ${t('error.request')} ${number}` : said
}
