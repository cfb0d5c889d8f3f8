import { expect, test } from 'vitest'
import { crumbsOf, inFolder } from './folders'
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
