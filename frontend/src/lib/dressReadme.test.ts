import { expect, it } from 'vitest'
import { dressReadme } from './dressReadme'

// A page with a doctype, which the document of the tests has not.
Object.defineProperty(document, 'compatMode', { value: 'CSS1Compat' })

it('sets the formulas of mathematicians, chemists and physicists', async () => {
  const root = document.createElement('div')
  const written = ['\\frac{a}{b}', '\\ce{2H2 + O2 -> 2H2O}', '\\dv{f}{x}', '\\R']
  for (const tex of written) {
    const formula = document.createElement('span')
    formula.className = 'math'
    formula.textContent = tex
    root.append(formula)
  }
  await dressReadme(root)
  const set = [...root.children].map((formula) => formula.querySelector('math') !== null)
  expect(set).toEqual([true, true, true, true])
})
