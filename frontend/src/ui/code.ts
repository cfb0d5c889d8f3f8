/** The few kinds of tokens that our own snippets tell apart by colour. */
export interface Part {
  text: string
  kind?: 'comment' | 'word' | 'text' | 'name'
}

const TOKEN =
  /(?<comment>(?:^|(?<=\n))#[^\n]*)|(?<text>"[^"\n]*"|'[^'\n]*'|\$[A-Z_]+)|(?<word>\b(?:GET|POST|import|from|for|in|if|with|as|assert|next|curl)\b)|(?<name>^[A-Z][A-Za-z-]*(?=: )|(?<=\n)[A-Z][A-Za-z-]*(?=: )|\s-{1,2}[A-Za-z]+(?=\s))/g

/** Cuts a snippet into parts, each with its kind if it has one; joined they are the snippet again. */
export function coloured(text: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > at) parts.push({ text: text.slice(at, match.index) })
    const kind = Object.entries(match.groups ?? {}).find(([, found]) => found)?.[0]
    parts.push({ text: match[0], kind: kind as NonNullable<Part['kind']> })
    at = match.index + match[0].length
  }
  if (at < text.length) parts.push({ text: text.slice(at) })
  return parts
}
