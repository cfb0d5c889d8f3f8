import { Refusal } from '@/api/client'
import { i18n } from '@/i18n'

/** When one may try again, in the reader's language; nothing for any other problem. */
export function tooManyText(problem: unknown): string {
  if (!(problem instanceof Refusal) || problem.status !== 429) return ''
  const at = problem.retryAt ?? new Date()
  const { locale, t } = i18n.global
  const time = at.toLocaleTimeString(locale.value, { timeStyle: 'medium' })
  return t('error.tooMany', { time })
}
