import { Refusal } from '@/api/client'
import { problemText } from '@/shell/problemText'

/** Why signing in did not work, in the reader's language where we know the reason. */
export function sayWhy(problem: unknown, t: (key: string) => string): string {
  const code = problem instanceof Refusal ? problem.code : ''
  if (code === 'wrong_login') return t('login.wrong')
  if (code === 'wrong_second_factor') return t('login.wrongCode')
  return problemText(problem)
}
