import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { http, HttpResponse, type JsonBodyType } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Component } from 'vue'
import { createMemoryHistory, createRouter, RouterView, type RouteRecordRaw } from 'vue-router'
import { i18n, setLocale } from '@/i18n'

export const ORIGIN = 'http://ondol.test'
/** The server of a test: it knows what the test told it, and fails the test on anything else. */
export const server = setupServer()

beforeAll(async () => {
  server.listen({ onUnhandledRequest: 'error' })
  await setLocale('en')
})
afterEach(() => {
  for (const page of shown.splice(0)) page.unmount()
  server.resetHandlers()
  localStorage.clear()
})
afterAll(() => {
  server.close()
})

type Method = 'get' | 'post' | 'delete'

export function answers(
  method: Method,
  path: string,
  body: JsonBodyType,
  status = 200,
  more: Record<string, string> = {},
) {
  const headers = { 'X-Request-Id': 'req_1', ...more }
  server.use(http[method](ORIGIN + path, () => HttpResponse.json(body, { status, headers })))
}

export function refuses(
  method: Method,
  path: string,
  status: number,
  code: string,
  message: string,
  details: Record<string, string[]> = {},
) {
  answers(method, path, { code, message, details }, status)
}

const shown: VueWrapper[] = []
const elsewhere: Component = { template: '<p />' }

/** Shows a page as the portal does, at an address, and waits until it has asked what it asks. */
export async function show(page: Component, path = '/', props: Record<string, unknown> = {}) {
  const names = [
    'entry',
    'models',
    'contexts',
    'register',
    'jobs',
    'job',
    'devices',
    'login',
    'people',
  ]
  const routes: RouteRecordRaw[] = [
    { path: '/here', name: 'here', component: page, props: () => props },
    ...names.map((name) => ({ path: `/${name}/:id?`, name, component: elsewhere })),
    { path: '/:rest(.*)*', component: elsewhere },
  ]
  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push(`/here${path === '/' ? '' : path}`)
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const wrapper = mount(RouterView, {
    attachTo: document.body,
    global: { plugins: [i18n, router, [VueQueryPlugin, { queryClient }]] },
  })
  shown.push(wrapper)
  await settle()
  return { wrapper, router }
}

/** Lets what was asked be answered and shown. */
export async function settle() {
  for (let turn = 0; turn < 5; turn += 1) {
    await flushPromises()
    await new Promise((done) => setTimeout(done))
  }
}

function nameOf(element: Element): string {
  const labelled = element.getAttribute('aria-label')
  if (labelled) return labelled
  const { id } = element
  const label = id ? document.querySelector(`label[for="${id}"]`) : element.closest('label')
  return (label ?? element).textContent.replace(/\s+/g, ' ').trim()
}

const ROLES: Record<string, string> = {
  button: 'button, [role=button]',
  link: 'a[href]',
  searchbox: 'input[type=search]',
  textbox: 'input:not([type]), input[type=text], input[type=password], textarea',
  combobox: '[role=combobox], select',
  checkbox: 'input[type=checkbox]',
  radio: 'input[type=radio]',
  option: '[role=option]',
  heading: 'h1, h2, h3',
  alert: '[role=alert]',
  status: '[role=status]',
  dialog: '[role=dialog]',
  progressbar: '[role=progressbar]',
}

/** Everything of a role, as people who hear the page would find it. */
export function allByRole(role: keyof typeof ROLES, name?: string | RegExp): HTMLElement[] {
  const found = [...document.body.querySelectorAll<HTMLElement>(ROLES[role] ?? role)]
  if (name === undefined) return found
  return found.filter((element) =>
    typeof name === 'string' ? nameOf(element) === name : name.test(nameOf(element)),
  )
}

export function byRole<T extends HTMLElement>(role: keyof typeof ROLES, name?: string | RegExp): T {
  const [element] = allByRole(role, name)
  if (!element) throw new Error(`No ${role} ${String(name)} in: ${document.body.innerHTML}`)
  return element as T
}

export async function type(field: HTMLInputElement, text: string) {
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await settle()
}

export async function press(target: HTMLElement, key: string, more: KeyboardEventInit = {}) {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }))
  await settle()
}

export async function click(target: HTMLElement) {
  target.click()
  await settle()
}
