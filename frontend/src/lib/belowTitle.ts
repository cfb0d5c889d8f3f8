/** Lowers the headings of a rendered text by one level: the page's own title is its only h1. */
export function belowTitle(html: string): string {
  return html.replace(
    /<(\/?)h([1-5])(?=[\s>])/g,
    (_, slash: string, level: string) => `<${slash}h${Number(level) + 1}`,
  )
}
