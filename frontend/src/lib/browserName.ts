/** Of those that also name another: Edge calls itself Chrome, and Chrome calls itself Safari. */
const BROWSERS: [string, RegExp][] = [
  ['Edge', /Edg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /OPR\/(\d+)/],
  ['Samsung Internet', /SamsungBrowser\/(\d+)/],
  ['Whale', /Whale\/(\d+)/],
  ['Firefox', /(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /(?:Chrome|CriOS)\/(\d+)/],
  ['Safari', /Version\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari/],
]
const SYSTEMS: [string, RegExp][] = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad/],
  ['macOS', /Mac OS X/],
  ['Windows', /Windows/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
]

/** What people call a browser, from what it calls itself: Chrome 156, Linux; a stranger as it is. */
export function browserName(agent: string): string {
  const found = BROWSERS.find(([, pattern]) => pattern.test(agent))
  if (!found) return agent
  const [name, pattern] = found
  const version = pattern.exec(agent)?.[1] ?? ''
  const system = SYSTEMS.find(([, known]) => known.test(agent))?.[0]
  return [`${name} ${version}`, system].filter(Boolean).join(', ')
}
