import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import QueryState from './QueryState.vue'
import { Refusal } from '@/api/client'
import { allByRole, byRole, settle, show } from '@/testing/portal'

const refused = (status: number, message = 'A sentence of the server.') =>
  show(QueryState, '/', {
    loading: false,
    error: new Refusal(status, 'code', message, {}, 'req_7'),
  })

describe('instead of its data a page shows', () => {
  it('that it is loading', async () => {
    await show(QueryState, '/', { loading: true, error: null })

    expect(byRole('status').textContent).toContain('Loading')
  })

  it('what failed, the number of the request, and a way to try again', async () => {
    await refused(500)

    expect(byRole('alert').textContent).toContain('A sentence of the server.')
    await vi.waitFor(
      () => {
        expect(byRole('alert').textContent).toContain('req_7')
      },
      { timeout: 10_000 },
    )
    expect(allByRole('button', 'Try again')).toHaveLength(1)
  })

  it('that the server is silent, in our own words', async () => {
    await refused(0, 'offline')

    expect(byRole('alert').textContent).toContain('The server does not answer')
  })

  it('that there is no such thing, with a way out', async () => {
    await refused(404)

    expect(byRole('heading').textContent).toContain('There is no such page')
    expect(byRole('link', 'All models').getAttribute('href')).toContain('/entry')
  })

  it('who may, where the role is too low', async () => {
    await refused(403, 'Ask an administrator.')

    expect(document.body.textContent).toContain('Your role does not allow this')
    expect(document.body.textContent).toContain('Ask an administrator.')
  })
})

describe('once a page has shown its data', () => {
  async function failingWith(status: number) {
    const error = ref<Error | null>(null)
    const page = defineComponent(
      () => () => h(QueryState, { loading: false, error: error.value }, () => h('p', 'The rows.')),
    )
    await show(page)
    error.value = new Refusal(status, 'code', 'A sentence of the server.', {}, 'req_7')
    await settle()
  }

  it('a failing server leaves it there, with its time and a way to try again', async () => {
    await failingWith(503)

    expect(document.body.textContent).toContain('The rows.')
    expect(byRole('status').textContent).toMatch(/Not refreshed since/)
    expect(allByRole('button', 'Try again')).toHaveLength(1)
  })

  it('a refusal takes it away: it is no longer theirs to see', async () => {
    await failingWith(403)

    expect(document.body.textContent).not.toContain('The rows.')
  })
})
