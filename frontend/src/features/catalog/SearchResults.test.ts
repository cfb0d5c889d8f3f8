import { describe, expect, it } from 'vitest'
import SearchResults from './SearchResults.vue'
import { allByRole, answers, byRole, show } from '@/testing/portal'

const context = (slug: string, label_ko: string) => ({
  slug,
  label_ko,
  label_en: slug,
  is_proposal: false,
})
const METER = context('meter reading', '계량기 검침')
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

describe('the results of a search', () => {
  it('say of each model why it was found, and how its number came about', async () => {
    answers('get', '/api/v1/service-types', { results: [] })
    answers('get', '/api/v1/search', {
      query: '검침',
      matched: [{ context: METER, word: '검침' }],
      related: [{ context: DIGITS, weight: 0.45, path: [METER, DIGITS] }],
      results: [
        {
          model: MODEL,
          score: 2,
          reasons: [
            { kind: 'context', text: '검침', context: METER },
            { kind: 'related', text: METER.slug, context: DIGITS },
          ],
        },
      ],
    })
    await show(SearchResults, '/', { q: '검침' })

    const row = byRole('link', 'olga / lenet').closest('tr')
    const words = row?.textContent.replace(/\s+/g, ' ') ?? ''
    expect(words).toContain('검침 meter reading')
    expect(words).toMatch(/digit recognition ?0\.45/)
    expect(words).toContain('0.213')
    expect(words).toContain('±0.004')
    expect(byRole('status').textContent).toContain('1 model · 1 matched · 0 related')
  })

  it('offer a way on where there are none', async () => {
    answers('get', '/api/v1/service-types', { results: [] })
    answers('get', '/api/v1/search', { query: 'xyz', matched: [], related: [], results: [] })
    await show(SearchResults, '/', { q: 'xyz' })

    expect(document.body.textContent).toContain('Nothing found for “xyz”')
    expect(allByRole('link', 'Browse contexts')).toHaveLength(1)
  })
})
