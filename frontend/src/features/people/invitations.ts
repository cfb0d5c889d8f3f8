import { ROLES, type Invitation, type Role } from '@/api/people'

const isRole = (word: string): word is Role => (ROLES as string[]).includes(word)

/**
 * Reads lines of `name,role,address`; the role may be left out.
 * Returns the people and the number of the first line that says a role we don't have, or 0.
 */
export function readLines(text: string, usual: Role): { people: Invitation[]; wrong: number } {
  const people: Invitation[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.trim()) continue
    const [username = '', role = '', email = ''] = line.split(/[,;\t]/).map((word) => word.trim())
    if (role && !isRole(role)) return { people: [], wrong: index + 1 }
    people.push({ username, role: isRole(role) ? role : usual, email, display_name: '' })
  }
  return { people, wrong: 0 }
}
