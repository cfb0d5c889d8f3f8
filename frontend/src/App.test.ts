import { VueQueryPlugin } from '@tanstack/vue-query'
import { mount } from '@vue/test-utils'
import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { live } from './api/events'
import App from './App.vue'
import { i18n } from './i18n'
import { queryClient } from './queries'
import { router } from './router'
import { endSession, useSession } from './session'
import { answers, byRole, ORIGIN, refuses, server, settle } from './testing/portal'

const OLGA = { username: 'olga', namespaces: [], may_contribute: true }
let unmount = () => {}

beforeEach(() => {
  vi.stubGlobal(
    'EventSource',
    class extends EventTarget {
      close() {}
    },
  )
  endSession()
  queryClient.clear()
})
afterEach(() => {
  unmount()
  vi.unstubAllGlobals()
})

async function open(path: string) {
  await router.push(path)
  const wrapper = mount(App, {
    attachTo: document.body,
    global: { plugins: [i18n, router, [VueQueryPlugin, { queryClient }]] },
  })
  unmount = () => {
    wrapper.unmount()
  }
  await settle()
}

function aPortalWith(jobs: object[]) {
  answers('post', '/api/v1/session', OLGA)
  answers('get', '/api/v1/service-types', { results: [] })
  answers('get', '/api/v1/jobs', { results: jobs, next: null })
  answers('get', '/api/v1/notices', { results: [], unread: 0, next: null })
}

describe('the portal', () => {
  it('asks who is there before it shows anything, and remembers where to go', async () => {
    answers('get', '/api/v1/session', { me: null })

    await open('/jobs?state=open')

    expect(router.currentRoute.value.name).toBe('login')
    expect(router.currentRoute.value.query['next']).toBe('/jobs?state=open')
    expect(byRole('heading').textContent).toBe('Sign in')
  })

  it('shows a page with its name, its way around, and the jobs at work', async () => {
    aPortalWith([])
    await useSession().enter('olga', 'secret')

    await open('/jobs')

    expect(document.title).toBe('Jobs · Ondol')
    expect(byRole('link', 'Register model').getAttribute('href')).toBe('/models/new')
    expect(byRole('link', 'Jobs').getAttribute('aria-current')).toBe('page')
    expect(document.body.textContent).toContain('No jobs here')
  })

  it('goes back to the sign-in page once the server forgot the session', async () => {
    aPortalWith([])
    await useSession().enter('olga', 'secret')
    await open('/jobs')
    refuses('get', '/api/v1/jobs', 401, 'not_authenticated', 'Sign in first.')

    await queryClient.invalidateQueries({ queryKey: ['jobs'] })
    await settle()

    expect(router.currentRoute.value.name).toBe('login')
    expect(router.currentRoute.value.query['next']).toBe('/jobs')
  })

  it('asks again for what failed once the live link is back', async () => {
    aPortalWith([])
    refuses('get', '/api/v1/jobs', 409, 'away', 'Not now.')
    await useSession().enter('olga', 'secret')
    await open('/jobs')
    expect(document.body.textContent).toContain('Not now.')

    answers('get', '/api/v1/jobs', { results: [], next: null })
    live.value = false
    await settle()
    live.value = true
    await settle()

    expect(document.body.textContent).toContain('No jobs here')
  })

  it('takes a no for an answer and does not ask again', async () => {
    let asked = 0
    aPortalWith([])
    server.use(
      http.get(`${ORIGIN}/api/v1/jobs/7`, () => {
        asked += 1
        const body = { code: 'job_not_found', message: 'No such job.', details: {} }
        return HttpResponse.json(body, { status: 404 })
      }),
      http.get(`${ORIGIN}/api/v1/jobs/7/log`, () => HttpResponse.error()),
    )
    await useSession().enter('olga', 'secret')

    await open('/jobs/7')

    expect(asked).toBe(1)
    expect(document.body.textContent).toContain('There is no such page')
  })
})
