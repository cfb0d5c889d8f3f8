import { beforeEach, describe, expect, it } from 'vitest'
import LoginPage from './LoginPage.vue'
import { endSession } from '@/session'
import { answers, byRole, click, refuses, show, type } from '@/testing/portal'

const OLGA = {
  username: 'olga',
  display_name: '',
  role: 'contributor',
  locale: 'ko',
  namespaces: [{ slug: 'olga', kind: 'user' }],
  may_contribute: true,
  may_maintain: false,
  is_admin: false,
}

async function enter() {
  await type(byRole('textbox', 'User name'), 'olga')
  await type(byRole('textbox', 'Password'), 'secret')
  await click(byRole('button', 'Sign in'))
}

beforeEach(() => {
  endSession()
  answers('get', '/api/v1/session', { me: null })
})

describe('signing in', () => {
  it('goes on to the page that was asked for', async () => {
    answers('post', '/api/v1/session', OLGA)
    const { router } = await show(LoginPage, '?next=/jobs/12')

    await enter()

    expect(router.currentRoute.value.fullPath).toBe('/jobs/12')
  })

  it('never goes on to another site', async () => {
    answers('post', '/api/v1/session', OLGA)
    const { router } = await show(LoginPage, '?next=//elsewhere.example')

    await enter()

    expect(router.currentRoute.value.fullPath).toBe('/')
  })

  it('says that name and password do not match, and keeps the name', async () => {
    refuses('post', '/api/v1/session', 401, 'wrong_login', 'Wrong.')
    await show(LoginPage)

    await enter()

    expect(byRole('alert').textContent).toContain('do not match')
    expect(byRole<HTMLInputElement>('textbox', 'User name').value).toBe('olga')
    expect(byRole<HTMLInputElement>('textbox', 'Password').value).toBe('')
  })

  it('says when one may try again after too many tries', async () => {
    const body = { code: 'too_many_tries', message: 'Later.', details: {} }
    answers('post', '/api/v1/session', body, 429, { 'Retry-After': '600' })
    const at = new Date(Date.now() + 600_000)
    await show(LoginPage)

    await enter()

    const hour = String(at.getHours()).padStart(2, '0')
    expect(byRole('alert').textContent).toContain(`Try again at ${hour}:`)
  })

  it('asks for the code of a second factor, and lets a wrong one be typed again', async () => {
    refuses('post', '/api/v1/session', 403, 'second_factor_needed', 'Type the code.')
    const { router } = await show(LoginPage)
    await enter()

    refuses('post', '/api/v1/session', 403, 'wrong_second_factor', 'Not now.')
    await type(byRole('textbox', 'Code'), '000000')
    await click(byRole('button', 'Sign in'))
    expect(byRole('alert').textContent).toContain('wrong or was already used')
    expect(byRole<HTMLInputElement>('textbox', 'Code').value).toBe('')

    answers('post', '/api/v1/session', OLGA)
    await type(byRole('textbox', 'Code'), '123456')
    await click(byRole('button', 'Sign in'))
    expect(router.currentRoute.value.path).toBe('/')
  })
})
