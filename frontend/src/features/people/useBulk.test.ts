import { expect, test } from 'vitest'
import { useBulk } from './useBulk'
import type { Person } from '@/api/people'

const person = (username: string) => ({ username }) as Person
const rows = ['nina', 'omar', 'olga'].map(person)
const nothing = () => Promise.resolve()

test('who an act failed on stays chosen with the reason, and the rest is returned', async () => {
  const bulk = useBulk(() => rows, nothing)
  bulk.choose(['nina', 'omar', 'olga'])
  const done = await bulk.each(bulk.chosen.value, ({ username }) =>
    username === 'omar' ? Promise.reject(new Error('gone')) : nothing(),
  )
  expect(done.map((row) => row.username)).toEqual(['nina', 'olga'])
  expect(bulk.names.value).toEqual(['omar'])
  expect(Object.keys(bulk.failures.value)).toEqual(['omar'])
  bulk.choose([])
  expect(bulk.failures.value).toEqual({})
})

test('nobody who is not on the page is acted on', () => {
  const bulk = useBulk(() => rows.slice(0, 1), nothing)
  bulk.choose(['nina', 'omar'])
  expect(bulk.chosen.value).toEqual([rows[0]])
})
