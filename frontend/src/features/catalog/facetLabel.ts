import type { Facet } from '@/api/catalog'
import { licenseName } from '@/lib/licenses'
import { FORMAT_NAMES, languageName } from '@/lib/words'

type Translate = (key: string, named: { value: string }) => string

/** What a value of a facet is called on the page. */
export function facetLabel(
  name: string,
  value: string,
  facets: Facet[],
  locale: string,
  t: Translate,
): string {
  if (name === 'max_latency_ms') return t('search.within_ms', { value })
  if (name === 'max_size_mb') return t('search.within_mb', { value })
  if (name === 'format') return FORMAT_NAMES[value] ?? value
  if (name === 'license') return licenseName(value)
  if (name === 'language') return languageName(value, locale)
  const row = facets
    .find((facet) => facet.name === name)
    ?.values.find((candidate) => candidate.value === value)
  if (!row) return value
  return locale === 'ko' ? row.label_ko : row.label_en
}
