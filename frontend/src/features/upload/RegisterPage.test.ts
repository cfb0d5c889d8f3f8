import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import RegisterPage from './RegisterPage.vue'
import { useSession } from '@/session'
import { answers, byRole, click, ORIGIN, refuses, server, settle, show } from '@/testing/portal'

const TYPE = {
  slug: 'speech-command',
  name_ko: '음성 명령',
  name_en: 'Speech command',
  icon: 'mic',
  order: 0,
  model_count: 0,
}
const ARRIVED = {
  id: 'u1',
  filename: 'word.onnx',
  size_bytes: 4,
  offset: 4,
  state: 'accepted',
  sha256: 'ab',
  finding: {
    status: 'accepted',
    code: '',
    message: '',
    format: 'onnx',
    facts: { opset: 17, inputs: [{ name: 'sound', shape: [1, 16000] }] },
  },
  expires_at: '2026-01-02T00:00:00Z',
}

/** What a reload leaves behind: a file that had arrived. */
function keep(kept: object) {
  localStorage.setItem('ondol.register.uploads', JSON.stringify([kept]))
}

beforeEach(async () => {
  answers('post', '/api/v1/session', {
    username: 'olga',
    namespaces: [{ slug: 'olga', kind: 'user' }],
  })
  await useSession().enter('olga', 'secret')
  answers('get', '/api/v1/service-types', { results: [TYPE] })
  answers('get', '/api/v1/contexts', { results: [] })
  answers('get', '/api/v1/model-names', { available: true })
  answers('get', '/api/v1/uploads/u1', ARRIVED)
})

describe('registering a model', () => {
  it('names every empty field beside it and above the form', async () => {
    await show(RegisterPage)

    await click(byRole('button', 'Register'))

    const links = [...byRole('alert').querySelectorAll('a')].map((link) => link.textContent)
    expect(links).toEqual([
      'Choose at least one file.',
      'Give the model a name.',
      'Choose a service type.',
    ])
    const name = byRole('textbox', 'Owner and name')
    const help = document.getElementById(name.getAttribute('aria-describedby') ?? '')
    expect(help?.textContent).toContain('Give the model a name.')
  })

  it('shows what was read from a file that had arrived before a reload', async () => {
    keep({ id: 'u1', name: 'word.onnx', sizeBytes: 4, sent: 4 })
    await show(RegisterPage)

    expect(document.body.textContent).toContain('ONNX, opset 17')
    expect(document.body.textContent).toContain('1×16000')
  })

  it('asks for a file again that a reload had cut off', async () => {
    keep({ id: '', name: 'word.onnx', sizeBytes: 4, sent: 1 })
    await show(RegisterPage)

    expect(document.body.textContent).toContain('The page was reloaded at 25 %')
  })

  it('puts a refusal of the server beside the field that it names', async () => {
    keep({ id: 'u1', name: 'word.onnx', sizeBytes: 4, sent: 4 })
    localStorage.setItem(
      'ondol.register.draft',
      JSON.stringify({ name: 'word', serviceType: 'speech-command' }),
    )
    refuses('post', '/api/v1/models', 400, 'invalid', 'The summary names a price.', {
      summary: ['Leave the price out.'],
    })
    await show(RegisterPage)

    await click(byRole('button', 'Register'))

    expect(byRole('alert').textContent).toContain('The summary names a price.')
    const help = byRole('textbox', 'Summary in one line').getAttribute('aria-describedby') ?? ''
    expect(document.getElementById(help)?.textContent).toContain('Leave the price out.')
  })

  it('commits what arrived and goes to the page of the model', async () => {
    keep({ id: 'u1', name: 'word.onnx', sizeBytes: 4, sent: 4 })
    localStorage.setItem(
      'ondol.register.draft',
      JSON.stringify({ name: 'word', serviceType: 'speech-command', contexts: ['소음'] }),
    )
    const told: unknown[] = []
    server.use(
      http.post(`${ORIGIN}/api/v1/models`, async ({ request }) => {
        told.push(await request.json())
        return HttpResponse.json({}, { status: 201 })
      }),
      http.post(`${ORIGIN}/api/v1/models/olga/word/commits`, async ({ request }) => {
        told.push(await request.json())
        return HttpResponse.json({}, { status: 201 })
      }),
    )
    const { router } = await show(RegisterPage)

    await click(byRole('button', 'Register'))
    await settle()

    expect(told).toEqual([
      {
        owner: 'olga',
        name: 'word',
        summary: '',
        service_type: 'speech-command',
        contexts: ['소음'],
        license: '',
        visibility: 'internal',
      },
      { message: 'First version', branch: 'main', files: [{ path: 'word.onnx', upload_id: 'u1' }] },
    ])
    expect(router.currentRoute.value.path).toBe('/models/olga/word')
    expect(localStorage.getItem('ondol.register.draft')).toBeNull()
  })
})
