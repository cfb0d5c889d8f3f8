import { expect, test } from 'vitest'
import { Refusal } from '@/api/client'
import { problemText } from './problemText'
import '@/testing/portal'

const refusal = (status: number, message: string) =>
  new Refusal(status, 'code', message, {}, 'req_7', new Date(0))

test('a refusal is told as the server says it, a fault with its number', () => {
  expect(problemText(refusal(422, 'Name it.'))).toBe('Name it.')
  expect(problemText(refusal(500, 'It failed.'))).toBe('It failed. Request req_7')
})

test('a silent server and one that wants a pause are told of in our words', () => {
  expect(problemText(refusal(0, 'offline'))).toContain('Check the connection')
  expect(problemText(refusal(429, 'Slow down.'))).toContain('tried too often')
  expect(problemText(new Error('Odd.'))).toBe('Odd.')
})
