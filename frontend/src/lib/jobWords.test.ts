import { expect, test } from 'vitest'
import { placeInQueue } from './jobWords'

const words = (key: string, values: Record<string, string | number>) =>
  [key.replace('job.', ''), ...Object.values(values)].join(' ')

test('what is left of a job goes down while nothing new is told, and never below nothing', () => {
  const job = { queue_position: null, eta: 20 }
  expect(placeInQueue(job, words, 'en')).toBe('eta 20 s')
  expect(placeInQueue(job, words, 'en', 15_000)).toBe('eta 5 s')
  expect(placeInQueue(job, words, 'en', 60_000)).toBe('soon')
})

test('a job whose end nobody can tell has its place alone', () => {
  expect(placeInQueue({ queue_position: 3, eta: null }, words, 'en', 5_000)).toBe('place 3')
})
