import { describe, expect, it } from 'vitest'
import { readLines } from './invitations'

describe('lines of invitations', () => {
  it('give the usual role where none is said', () => {
    const { people } = readLines('nina\n\n omar ; admin ; o@example.org \r\n', 'viewer')
    expect(people).toEqual([
      { username: 'nina', role: 'viewer', email: '', display_name: '' },
      { username: 'omar', role: 'admin', email: 'o@example.org', display_name: '' },
    ])
  })

  it('are refused by number where a role is none of ours', () => {
    expect(readLines('nina\nomar,boss', 'viewer')).toEqual({ people: [], wrong: 2 })
  })
})
