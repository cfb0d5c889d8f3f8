interface Sentence {
  text: string
  /** Empty where an engine or a tool is quoted. */
  code: string
  values: Record<string, string>
}

interface Told {
  message: string
  /** Not told of what an older server or runner wrote. */
  sentences?: Sentence[]
}

interface Words {
  t: (key: string, values: Record<string, string>) => string
  te: (key: string) => boolean
}

interface Part {
  text: string
  /** Nothing where it is said in the reader's language. */
  lang?: string
}

/** What a server or runner says, sentence by sentence; what has no words here stays as it came. */
export function toldParts(told: Told, { t, te }: Words): Part[] {
  if (!told.sentences?.length) return [{ text: told.message, lang: 'en' }]
  return told.sentences.map(({ text, code, values }) =>
    code && te(`failure.${code}`) ? { text: t(`failure.${code}`, values) } : { text, lang: 'en' },
  )
}

export function toldText(told: Told, words: Words): string {
  return toldParts(told, words)
    .map(({ text }) => text)
    .join(' ')
}
