import { beforeEach, expect, it } from 'vitest'
import { fieldTexts, findingText, problemText } from './problemText'
import { Refusal } from '@/api/client'
import { setLocale } from '@/i18n'

beforeEach(() => setLocale('ko'))

const refusal = (code: string, message: string) =>
  new Refusal(422, code, message, { name: [message] }, '')

it('says a refusal by its code, in the form too', () => {
  const taken = refusal('name_taken', "'olga/gate' is taken. Choose another name.")

  expect(problemText(taken)).toBe('이미 쓰는 이름입니다. 다른 이름을 고르세요.')
  expect(fieldTexts(taken)).toEqual({ name: '이미 쓰는 이름입니다. 다른 이름을 고르세요.' })
})

it('says the names and numbers of a refusal, sizes in the units of people', () => {
  const values = { owner: 'olga', limit_bytes: 5e9, free_bytes: 1e6, needed_bytes: 2.5e6 }
  const over = new Refusal(507, 'quota_exceeded', 'Over.', { file: ['quota'] }, '', null, values)

  for (const part of ['olga', '5.00 GB', '1.00 MB', '2.50 MB'])
    expect(problemText(over)).toContain(part)
  expect(fieldTexts(over)).toEqual({ file: problemText(over) })
})

it('leaves what has no words as the server said it', () => {
  const odd = refusal('odd', 'It is odd.')

  expect(problemText(odd)).toBe('It is odd.')
  expect(fieldTexts(odd)).toEqual({ name: 'It is odd.' })
})

it('tells in the language of the reader what is wrong with a file', async () => {
  const finding = { code: 'truncated_file', message: "'a.onnx' ends before its content does." }

  expect(findingText(finding)).toBe('파일이 중간에 잘렸습니다. 전체를 다시 올리세요.')
  await setLocale('en')
  expect(findingText(finding)).toBe(finding.message)
  expect(findingText(null)).toBe('')
})
