import { describe, expect, it } from 'vitest'
import { readLines, refusedLine } from './invitations'
import { Refusal } from '@/api/client'

describe('lines of invitations', () => {
  it('give the usual role where none is said', () => {
    const { people } = readLines('nina\n\n omar ; admin ; o@example.org \r\n', 'viewer')
    expect(people).toEqual([
      { username: 'nina', role: 'viewer', email: '', display_name: '' },
      { username: 'omar', role: 'admin', email: 'o@example.org', display_name: '' },
    ])
  })

  it('are refused by number where a role is none of ours', () => {
    expect(readLines('nina\nomar,boss', 'viewer')).toMatchObject({ people: [], wrong: 2 })
  })

  it('are read as a table writes them, and refusals name the line', () => {
    const { people, numbers } = readLines('"nina","viewer"\n\n"Omar",admin', 'viewer')
    expect(people.map((person) => person.username)).toEqual(['nina', 'Omar'])
    const details = { 'people.1.username': ['Use lower-case letters.'] }
    const refusal = new Refusal(422, 'invalid', '', details, '')
    expect(refusedLine(refusal, numbers)).toEqual({ line: 3, problem: 'Use lower-case letters.' })
    expect(refusedLine(new Refusal(429, 'too_many', '', {}, ''), numbers)).toBeNull()
  })
})
