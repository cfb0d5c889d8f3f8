import { describe, expect, it, vi } from 'vitest'
import ModelsPage from './ModelsPage.vue'
import SearchResults from './SearchResults.vue'
import { allByRole, answers, byRole, show } from '@/testing/portal'

const context = (slug: string, label_ko: string) => ({
  slug,
  label_ko,
  label_en: slug,
  is_proposal: false,
})
const METER = context('meter reading', '계량기 검침')
const PLATE = context('meter face', '계기판')
const DIGITS = context('digit recognition', '숫자 인식')
const MODEL = {
  id: 'olga/lenet',
  owner: 'olga',
  name: 'lenet',
  summary: 'A small network',
  service_type: 'image-classification',
  contexts: [METER, DIGITS],
  task: '',
  license: 'MIT',
  visibility: 'public',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  head: null,
  artifact_count: 1,
  best: {
    artifact_id: 1,
    format: 'onnx',
    precision: 'int8',
    engine: 'onnxruntime',
    size_bytes: 1_840_000,
    accuracy: { metric: 'top1', value: 0.971 },
    latency: {
      p50_ms: 0.213,
      low_ms: 0.21,
      high_ms: 0.217,
      source: 'measured',
      verdict: 'comparable',
      device: 'gate-cam-02',
    },
  },
}

const NOTHING = {
  query: 'xyz',
  corrected: '',
  degraded: false,
  sort: 'relevance',
  matched: [],
  related: [],
  results: [],
  total: 0,
  facets: [],
  next: null,
}

describe('the results of a search', () => {
  it('say of each model why it was found, and how its number came about', async () => {
    answers('get', '/api/v1/service-types', { results: [] })
    answers('get', '/api/v1/search', {
      query: '검침',
      total: 1,
      facets: [],
      next: null,
      corrected: '',
      matched: [{ context: METER, word: '검침' }],
      related: [{ context: DIGITS, weight: 0.45, path: [METER, DIGITS], origins: ['curated'] }],
      results: [
        {
          model: MODEL,
          score: 2,
          reasons: [
            { kind: 'context', text: '검침', context: METER, weight: 1, origins: [], path: [] },
            {
              kind: 'related',
              text: '검침',
              context: DIGITS,
              weight: 0.45,
              origins: ['curated'],
              path: [METER, PLATE, DIGITS],
            },
          ],
          parts: [],
          marks: { name: [], summary: [[2, 7]] },
        },
      ],
    })
    await show(SearchResults, '/', { q: '검침' })

    const row = byRole('link', 'olga / lenet').closest('tr')
    const words = row?.textContent.replace(/\s+/g, ' ') ?? ''
    expect(words).toContain('검침 meter reading')
    expect(words).toMatch(/meter reading ?meter face ?digit recognition ?0\.45/)
    expect(words).toContain('0.213')
    expect(words).toContain('±0.004')
    expect(byRole('status').textContent).toContain('1 model')
    expect(row?.querySelector('mark')?.textContent).toBe('small')
  })

  it('offer a way on where there are none', async () => {
    answers('get', '/api/v1/service-types', { results: [] })
    answers('get', '/api/v1/search', NOTHING)
    await show(SearchResults, '/', { q: 'xyz' })

    expect(document.body.textContent).toContain('Nothing found for “xyz”')
    expect(allByRole('link', 'Browse contexts')).toHaveLength(1)
  })

  it('name the filter to drop, and what was searched for instead', async () => {
    answers('get', '/api/v1/service-types', { results: [] })
    const values = [{ value: 'onnx', label_en: 'onnx', label_ko: 'onnx', count: 3 }]
    answers('get', '/api/v1/search', {
      ...NOTHING,
      query: 'wnck',
      corrected: '주차',
      facets: [
        { name: 'precision', values: [] },
        { name: 'format', values },
      ],
    })
    await show(SearchResults, '?q=wnck&format=tflite&precision=int8', { q: 'wnck' })

    expect(document.body.textContent).toContain('Searched for “주차”')
    const links = allByRole('link').map((link) => link.getAttribute('href'))
    expect(links).toContain('/models?q=wnck&precision=int8')
    expect(links).not.toContain('/models?q=wnck&format=tflite')
    expect(links).toContain('/models?q=wnck&format=tflite&precision=int8&exact=true')
  })

  it('say without the index what was looked at, in which order, and ask again', async () => {
    answers('get', '/api/v1/service-types', { results: [] })
    answers('get', '/api/v1/search', { ...NOTHING, query: '', degraded: true, sort: 'updated' })
    await show(SearchResults, '?sort=size', { q: '' })

    expect(document.body.textContent).toContain('filters have no counts for now')
    expect(document.body.textContent).toContain('in this order for now: Newest')
    answers('get', '/api/v1/search', { ...NOTHING, query: '', sort: 'size' })
    byRole('button', 'Search again').click()
    await vi.waitFor(() => {
      expect(document.body.textContent).not.toContain('for now')
    })
  })

  it('count what cards say, and answer the list of models that is narrowed by it', async () => {
    const value = (value: string, count: number) => ({
      value,
      count,
      label_en: value,
      label_ko: value,
    })
    answers('get', '/api/v1/service-types', { results: [] })
    answers('get', '/api/v1/search', {
      ...NOTHING,
      facets: [{ name: 'language', values: [value('ko', 2), value('en', 1)] }],
    })
    await show(ModelsPage, '?language=ko')

    expect(byRole('heading', 'Models').tagName).toBe('H1')
    expect(byRole<HTMLInputElement>('checkbox', /^Korean/).checked).toBe(true)
    expect(byRole<HTMLInputElement>('checkbox', /^English/).checked).toBe(false)
  })
})
