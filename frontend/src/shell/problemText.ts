import { Refusal } from '@/api/client'
import { i18n } from '@/i18n'

/** When one may try again, in the reader's language; nothing for any other problem. */
export function tooManyText(problem: unknown): string {
  if (!(problem instanceof Refusal) || problem.status !== 429) return ''
  const at = problem.retryAt ?? new Date()
  const { t, d } = i18n.global
  return t('error.tooMany', { time: d(at, 'second') })
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
  const said = tooManyText(problem) || problem.message
  const number = problem.status >= 500 ? problem.requestId : ''
  return number ? `${said} ${t('error.request')} ${number}` : said
}
