/** What of a model card's head is shown, by the names that the list of models is narrowed with. */
const KINDS = {
  license: 'license',
  task: 'pipeline_tag',
  base_model: 'base_model',
  dataset: 'datasets',
  language: 'language',
  tag: 'tags',
} as const

export type FactKind = keyof typeof KINDS
export const FACT_KINDS = Object.keys(KINDS) as FactKind[]

export interface Fact {
  kind: FactKind
  values: string[]
}

export function factsOf(head: Record<string, unknown>): Fact[] {
  return FACT_KINDS.flatMap((kind) => {
    const values = [head[KINDS[kind]] ?? []]
      .flat()
      .filter((value): value is string => typeof value === 'string' && value.trim() !== '')
    return values.length ? [{ kind, values: [...new Set(values)] }] : []
  })
}
