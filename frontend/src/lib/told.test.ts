import { expect, it } from 'vitest'
import { toldParts, toldText } from './told'
import { i18n, setLocale } from '@/i18n'

const words = i18n.global

const paused = {
  text: 'board-1 is paused. Resume it to go on.',
  code: 'device_paused',
  values: { device: 'board-1' },
}

it('says what has a name in the language of the reader', async () => {
  await setLocale('ko')
  const told = { message: paused.text, sentences: [paused] }

  expect(toldText(told, words)).toBe(
    'board-1 디바이스가 일시 정지 상태입니다. 일시 정지를 풀어야 실행됩니다.',
  )
  await setLocale('en')
  expect(toldText(told, words)).toBe(paused.text)
})

it('quotes a tool as it spoke, and marks it as English', async () => {
  await setLocale('ko')
  const samples = { text: 'Samples.', code: 'samples_unreadable', values: {} }
  const told = {
    message: 'Samples. Bad magic number.',
    sentences: [samples, { text: 'Bad magic number.', code: '', values: {} }],
  }

  expect(toldParts(told, words)).toEqual([
    { text: '샘플을 읽을 수 없습니다.' },
    { text: 'Bad magic number.', lang: 'en' },
  ])
})

it('shows the text of a sentence that a newer runner has, and of an older one that names none', async () => {
  await setLocale('ko')
  const newer = { text: 'It rained.', code: 'it_rained', values: {} }

  expect(toldText({ message: 'It rained.', sentences: [newer] }, words)).toBe('It rained.')
  expect(toldText({ message: 'Killed.', sentences: [] }, words)).toBe('Killed.')
  expect(toldText({ message: 'Killed.' }, words)).toBe('Killed.')
})
