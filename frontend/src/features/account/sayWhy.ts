import { Refusal } from '@/api/client'
import { tooManyText } from '@/shell/tooMany'

/** Why signing in did not work, in the reader's language where we know the reason. */
export function sayWhy(problem: unknown, t: (key: string) => string): string {
  if (!(problem instanceof Refusal)) return String(problem)
  if (problem.code === 'wrong_login') return t('login.wrong')
  if (problem.code === 'wrong_second_factor') return t('login.wrongCode')
  const wait = tooManyText(problem)
  if (wait) return wait
  return problem.status === 0 ? t('error.offlineText') : problem.message
}
