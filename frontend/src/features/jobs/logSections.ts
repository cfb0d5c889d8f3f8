export interface LogLine {
  number: number
  /** When it was written, where the writer says so: `06:25:04`. */
  time: string
  text: string
  look: 'plain' | 'warning' | 'error'
}

export interface LogSection {
  /** The step that wrote the lines; empty before the first is named. */
  step: string
  lines: LogLine[]
  /** When it began, and how many seconds it took until the next one or its own last line. */
  time: string
  took: number | null
}

const DAY_S = 86_400
const STAMPED = /^(\d\d:\d\d:\d\d) (.*)$/
const HEAD = /^== (.+)$/
const ERROR = /\b(error|refused|failed|traceback|exception)\b/i
const WARNING = /\bwarn(ing)?\b/i

function lookOf(text: string): LogLine['look'] {
  if (ERROR.test(text)) return 'error'
  return WARNING.test(text) ? 'warning' : 'plain'
}

/** Cuts a log where a step begins; numbers are those of the raw log, whose heads are lines too. */
export function sectionsOf(lines: readonly string[]): LogSection[] {
  const sections: LogSection[] = []
  lines.forEach((line, index) => {
    const [, time = '', text = line] = STAMPED.exec(line) ?? []
    const head = HEAD.exec(text)?.[1]
    if (head !== undefined) sections.push({ step: head, lines: [], time, took: null })
    else {
      if (!sections.length) sections.push({ step: '', lines: [], time, took: null })
      sections.at(-1)?.lines.push({ number: index + 1, time, text, look: lookOf(text) })
    }
  })
  sections.forEach((section, index) => {
    const end = sections[index + 1]?.time ?? section.lines.at(-1)?.time ?? ''
    section.took = secondsBetween(section.time, end)
  })
  return sections
}

/** Seconds between two times of a clock, over midnight too; null where one is not told. */
function secondsBetween(from: string, to: string): number | null {
  if (!from || !to) return null
  const [start = 0, end = 0] = [from, to].map((time) =>
    time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0),
  )
  return (end - start + DAY_S) % DAY_S
}

/** The log as it was written, in one piece. */
export function rawSection(lines: readonly string[]): LogSection {
  return {
    step: '',
    lines: lines.map((text, index) => ({ number: index + 1, time: '', text, look: 'plain' })),
    time: '',
    took: null,
  }
}

/** A line cut into what was looked for, at the odd places, and what lies around it. */
export function cutAt(text: string, wanted: string): string[] {
  const parts: string[] = []
  const lower = text.toLowerCase()
  const needle = wanted.toLowerCase()
  let from = 0
  for (;;) {
    const at = needle ? lower.indexOf(needle, from) : -1
    if (at < 0) return [...parts, text.slice(from)]
    parts.push(text.slice(from, at), text.slice(at, at + needle.length))
    from = at + needle.length
  }
}
