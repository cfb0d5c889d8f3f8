import { expect, test } from 'vitest'
import FirstSteps from './FirstSteps.vue'
import { allByRole, answers, byRole, click, show } from '@/testing/portal'

const NOTHING = { model: false, device: false, convert: false, invite: null, convertible: '' }

function portalHas(steps: object = {}) {
  answers('get', '/api/v1/first-steps', { ...NOTHING, ...steps })
  answers('get', '/api/v1/sample-catalog', { models: 0, total: 167, loading: false })
}

test('an empty portal offers its first steps, and the sample catalog with one click', async () => {
  portalHas()
  await show(FirstSteps)
  answers('post', '/api/v1/sample-catalog', { models: 40, total: 167, loading: true }, 202)

  await click(byRole('button', /Load the sample catalog/))

  expect(byRole('button', /Load the sample catalog/).textContent).toContain('40 of 167')
  expect(byRole('link', 'Register model').getAttribute('href')).toBe('/register')
})

test('a catalog that is on its way is counted after its first model is there', async () => {
  portalHas({ model: true })
  answers('get', '/api/v1/sample-catalog', { models: 3, total: 167, loading: true })
  await show(FirstSteps)

  expect(byRole('button', /Load the sample catalog/).textContent).toContain('3 of 167')
})

test('a step that is done leads no further, and a model with files leads to its conversion', async () => {
  portalHas({ model: true, convertible: 'olga/lenet' })
  await show(FirstSteps)

  expect(allByRole('link', 'Register model')).toHaveLength(0)
  expect(byRole('link', 'Convert').getAttribute('href')).toBe('/models/olga/lenet?do=convert')
})

test('an administrator who is alone is asked to invite someone', async () => {
  portalHas({ invite: false })
  await show(FirstSteps)

  expect(byRole('link', 'Invite').textContent).toContain('Invite')
})

test('hidden, the steps stay away', async () => {
  portalHas()
  await show(FirstSteps)
  await click(byRole('button', 'Hide'))

  expect(allByRole('heading')).toHaveLength(0)
  expect(localStorage.getItem('ondol.firstSteps')).toBe('dismissed')
})
