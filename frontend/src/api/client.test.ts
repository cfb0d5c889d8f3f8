import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import { api, fieldErrors, Refusal, unwrap } from './client'
import { ORIGIN, refuses, server } from '@/testing/portal'

const me = () => unwrap(api.GET('/api/v1/me'))

describe('asking the server', () => {
  it('turns a no into a refusal with its code, sentence, fields and request', async () => {
    refuses('get', '/api/v1/me', 409, 'name_taken', 'Choose another.', { name: ['Taken.'] })

    const refusal = await me().catch((problem: unknown) => problem)

    expect(refusal).toBeInstanceOf(Refusal)
    expect(refusal).toMatchObject({
      status: 409,
      code: 'name_taken',
      message: 'Choose another.',
      details: { name: ['Taken.'] },
      requestId: 'req_1',
    })
  })

  it('calls an answer that is no refusal of ours a fault', async () => {
    server.use(http.get(`${ORIGIN}/api/v1/me`, () => new HttpResponse('<html>', { status: 502 })))

    await expect(me()).rejects.toMatchObject({ status: 502, code: 'fault' })
  })

  it('calls no answer at all offline', async () => {
    server.use(http.get(`${ORIGIN}/api/v1/me`, () => HttpResponse.error()))

    await expect(me()).rejects.toMatchObject({ status: 0, code: 'offline' })
  })

  it('shows the token that the cookie holds when it changes something', async () => {
    document.cookie = 'csrftoken=t0ken'
    let shown: string | null = null
    server.use(
      http.post(`${ORIGIN}/api/v1/runners`, ({ request }) => {
        shown = request.headers.get('X-CSRFToken')
        return HttpResponse.json({})
      }),
    )

    await unwrap(api.POST('/api/v1/runners', { body: { name: 'gate' } }))

    expect(shown).toBe('t0ken')
  })

  it('finds one sentence for each field, also for a part of a list', () => {
    const refusal = new Refusal(400, 'invalid', 'No.', { 'files.0.path': ['Too long.'] }, '')

    expect(fieldErrors(refusal)).toEqual({ files: 'Too long.' })
    expect(fieldErrors(new Error('other'))).toEqual({})
  })
})
