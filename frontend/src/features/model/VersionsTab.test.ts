import { http, HttpResponse } from 'msw'
import { expect, test, vi } from 'vitest'
import VersionsTab from './VersionsTab.vue'
import { answers, byRole, click, ORIGIN, server, settle, show } from '@/testing/portal'
import { useToasts } from '@/ui/toasts'

// A chunk that is fetched when it is wanted takes its time on a busy machine.
const PATIENT = { timeout: 10_000 }
const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)]
const MODEL = { id: 'olga/gate', owner: 'olga', name: 'gate', may_write: true, may_own: true }
const at = (path: string) => `/api/v1/models/olga/gate${path}`
const made = { author: 'olga', created_at: '2026-01-01T00:00:00Z', deleted: false }
const stable = { kind: 'alias', name: 'stable', revision: OLD, updated_at: made.created_at }

function portalHas() {
  const tag = { ...stable, kind: 'tag', name: '1.0.0' }
  answers('get', at('/refs'), {
    results: [{ ...stable, kind: 'branch', name: 'main' }, tag, stable],
  })
  answers('get', at('/lineage'), { results: [] })
  answers('get', at('/revisions'), {
    next: null,
    results: [
      { ...made, id: NEW, parent: OLD, message: 'Retrained', refs: [] },
      { ...made, id: OLD, parent: null, message: 'First', refs: [tag, stable] },
    ],
  })
}

test('a promotion moves the alias, and one click takes it back', async () => {
  portalHas()
  const moved: unknown[] = []
  server.use(
    http.patch(ORIGIN + at('/refs/stable'), async ({ request }) => {
      moved.push(await request.json())
      return HttpResponse.json({ ...stable, revision: NEW })
    }),
  )
  await show(VersionsTab, '/', { model: MODEL })
  await click(byRole('button', 'More for bbbbbbb'))
  const item = () => byRole('[role=menuitem]', /Make it Recommended/)
  await click(await vi.waitFor(item, PATIENT))

  expect(moved).toEqual([{ revision: NEW }])
  const [said] = useToasts().value
  expect(said?.text).toBe('Recommended now means bbbbbbb')
  said?.undo?.()
  await settle()
  expect(moved).toEqual([{ revision: NEW }, { revision: OLD }])
})

test('the changes of a version name each file with its sizes', async () => {
  portalHas()
  const [digest, other] = ['c'.repeat(64), 'd'.repeat(64)]
  answers('get', at('/diff'), {
    before: OLD,
    after: NEW,
    results: [
      {
        path: 'model.onnx',
        change: 'changed',
        old_sha256: digest,
        new_sha256: other,
        old_size_bytes: 2_000_000,
        new_size_bytes: 898_000,
      },
    ],
  })
  await show(VersionsTab, `?before=${OLD}&after=${NEW}`, { model: MODEL })

  const text = byRole('[aria-label=Changes]').textContent.replace(/\s+/g, ' ')
  expect(text).toContain('changed')
  expect(text).toContain('2.00 MB → 898 kB')
})

test('the changes of a README are shown line by line', async () => {
  portalHas()
  const row = { old_sha256: 'c', new_sha256: 'd', old_size_bytes: 20, new_size_bytes: 20 }
  answers('get', at('/diff'), {
    before: OLD,
    after: NEW,
    results: [{ ...row, path: 'README.md', change: 'changed' }],
  })
  server.use(
    http.get(ORIGIN + at('/readme'), ({ request }) => {
      const old = new URL(request.url).searchParams.get('ref') === OLD
      return HttpResponse.json({ text: `# Gate\n\n${old ? 'slow' : 'fast'}` })
    }),
  )
  await show(VersionsTab, `?before=${OLD}&after=${NEW}`, { model: MODEL })
  const lines = await vi.waitFor(
    () => byRole('[aria-label="Lines of README.md that changed"]'),
    PATIENT,
  )

  const shown = (tag: string) => [...lines.querySelectorAll(tag)].map((line) => line.textContent)
  expect([shown('del'), shown('ins')]).toEqual([['-slow'], ['+fast']])
  expect(lines.textContent).toContain('# Gate')
})
