import type { Refusal } from '@/api/client'
import { ROLES, type Invitation, type Role } from '@/api/people'

const isRole = (word: string): word is Role => (ROLES as string[]).includes(word)

interface Lines {
  people: Invitation[]
  /** The number of the line that each person stands on. */
  numbers: number[]
  /** The number of the first line that says a role we don't have, or 0. */
  wrong: number
}

/** A cell without the quotes that tables put around it. */
const bare = (cell: string) =>
  cell
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()

/** Reads lines of `name,role,address`; the role may be left out. */
export function readLines(text: string, usual: Role): Lines {
  const people: Invitation[] = []
  const numbers: number[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.trim()) continue
    const [username = '', role = '', email = ''] = line.split(/[,;\t]/).map(bare)
    if (role && !isRole(role)) return { people: [], numbers: [], wrong: index + 1 }
    people.push({ username, role: isRole(role) ? role : usual, email, display_name: '' })
    numbers.push(index + 1)
  }
  return { people, numbers, wrong: 0 }
}

/** Which line a refusal is about, and what is wrong with it; null where it is about none. */
export function refusedLine(refusal: Refusal, numbers: number[]) {
  for (const [field, [problem = '']] of Object.entries(refusal.details)) {
    const line = numbers[Number(/^people\.(\d+)\./.exec(field)?.[1])]
    if (line) return { line, problem }
  }
  return null
}
