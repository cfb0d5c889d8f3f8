import { describe, expect, it } from 'vitest'
import { coloured } from './code'

const SNIPPET = `# fetch it
GET /api/v1/models/a/b
Authorization: Bearer $ONDOL_TOKEN
curl -H "x: y" -o model.onnx
for file in files:`

describe('a snippet', () => {
  it('loses nothing by being coloured', () => {
    const parts = coloured(SNIPPET)
    expect(parts.map((part) => part.text).join('')).toBe(SNIPPET)
  })

  it('has its comments, methods, headers and values told apart', () => {
    const kinds = Object.fromEntries(coloured(SNIPPET).map((part) => [part.text.trim(), part.kind]))
    expect(kinds).toMatchObject({
      '# fetch it': 'comment',
      GET: 'word',
      Authorization: 'name',
      $ONDOL_TOKEN: 'text',
      '"x: y"': 'text',
      for: 'word',
    })
  })
})
