import { expect, test } from 'vitest'
import { endSession, useSession } from '@/session'
import FirstSteps from './FirstSteps.vue'
import { allByRole, answers, byRole, click, show } from '@/testing/portal'

function portalHas(models: object[], jobs: object[] = []) {
  answers('get', '/api/v1/models', { results: models, next: null })
  answers('get', '/api/v1/devices', { results: [] })
  answers('get', '/api/v1/jobs', { results: jobs, next: null })
  answers('get', '/api/v1/sample-catalog', { models: 0, total: 167, loading: false })
}

test('an empty portal offers its first steps, and the sample catalog with one click', async () => {
  portalHas([])
  await show(FirstSteps)
  answers('post', '/api/v1/sample-catalog', { models: 40, total: 167, loading: true }, 202)

  await click(byRole('button', /Load the sample catalog/))

  expect(byRole('button', /Load the sample catalog/).textContent).toContain('40 of 167')
  expect(byRole('link', 'Register model').getAttribute('href')).toBe('/register')
})

test('a step that is done leads no further, and a model with files leads to its conversion', async () => {
  portalHas([{ id: 'olga/lenet', head: { id: 'a' } }])
  await show(FirstSteps)

  expect(allByRole('link', 'Register model')).toHaveLength(0)
  expect(byRole('link', 'Convert').getAttribute('href')).toBe('/models/olga/lenet?do=convert')
})

test('an administrator who is alone is asked to invite someone', async () => {
  portalHas([])
  answers('post', '/api/v1/session', { username: 'olga', is_admin: true })
  answers('get', '/api/v1/people', { results: [{ username: 'olga' }], next: null })
  await useSession().enter('olga', 'secret')
  await show(FirstSteps)

  expect(byRole('link', 'Invite').textContent).toContain('Invite')
  endSession()
})

test('hidden, the steps stay away', async () => {
  portalHas([])
  await show(FirstSteps)
  await click(byRole('button', 'Hide'))

  expect(allByRole('heading')).toHaveLength(0)
  expect(localStorage.getItem('ondol.firstSteps')).toBe('dismissed')
})
