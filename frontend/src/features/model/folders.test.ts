import { expect, test } from 'vitest'
import { addressOf, crumbsOf, inFolder, isReadable } from './folders'
import type { ModelFile } from '@/api/model'

const file = (path: string, size_bytes: number) => ({ path, size_bytes }) as ModelFile
const FILES = [file('a.onnx', 5), file('onnx/deep/b.txt', 2), file('onnx/c.md', 1), file('on', 7)]

test('a folder shows its folders with all that is below them, and its own files', () => {
  const top = inFolder(FILES, '')
  expect(top.folders).toEqual([{ path: 'onnx', name: 'onnx', count: 2, size_bytes: 3 }])
  expect(top.files.map((row) => row.path)).toEqual(['a.onnx', 'on'])

  const below = inFolder(FILES, 'onnx')
  expect(below.folders.map((row) => row.path)).toEqual(['onnx/deep'])
  expect(below.files.map((row) => row.path)).toEqual(['onnx/c.md'])
})

test('the way to a folder names each above it', () => {
  expect(crumbsOf('')).toEqual([])
  expect(crumbsOf('onnx/deep')).toEqual([
    { path: 'onnx', name: 'onnx' },
    { path: 'onnx/deep', name: 'deep' },
  ])
})

test('short texts that were found sound are read in the portal', () => {
  const text = { ...file('a.json', 10), format: 'json', status: 'accepted' } as ModelFile
  expect(isReadable(text)).toBe(true)
  expect(isReadable({ ...text, size_bytes: 1_000_000 })).toBe(false)
  expect(isReadable({ ...text, status: 'blocked' } as ModelFile)).toBe(false)
  expect(isReadable({ ...text, format: 'onnx' })).toBe(false)
})

test('the address of a file keeps its folders and what its name holds', () => {
  expect(addressOf('team/gate', 'a/b #1.json', 'v 1')).toBe(
    '/api/v1/models/team/gate/files/a/b%20%231.json?ref=v%201',
  )
})
