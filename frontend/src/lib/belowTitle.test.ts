import { expect, test } from 'vitest'
import { belowTitle } from './belowTitle'

test('headings of a text stand below the title of the page, and the deepest stays', () => {
  const html = '<h1 id="a">A</h1><h5>B</h5><h6>C</h6><hr><p>h1</p>'
  expect(belowTitle(html)).toBe('<h2 id="a">A</h2><h6>B</h6><h6>C</h6><hr><p>h1</p>')
})
