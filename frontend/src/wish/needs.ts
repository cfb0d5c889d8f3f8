/** What any device must have to take a job; an empty field asks for nothing. */
export interface Needs {
  memory: string | number
  cores: string | number
  accelerator: string
  words: string
}

const SIGNS = { memory: 'memory>=', cores: 'cores>=', accelerator: 'accelerator=' } as const
const RANGED = /^(memory|cores)>=(\d+)$|^accelerator=(.+)$/

/** Sort a job's abilities into the fields of the form. */
export function needsOf(abilities: string[]): Needs {
  const said = (sign: string) =>
    abilities.find((word) => word.startsWith(sign))?.slice(sign.length) ?? ''
  return {
    memory: said(SIGNS.memory),
    cores: said(SIGNS.cores),
    accelerator: said(SIGNS.accelerator),
    words: abilities.filter((word) => !RANGED.test(word)).join(', '),
  }
}

/** Write the fields of the form as the API takes them. */
export function abilitiesOf(needs: Needs): string[] {
  const words = needs.words.split(',').map((word) => word.trim())
  const ranged = Object.entries(SIGNS).map(([name, sign]) => {
    const value = String(needs[name as keyof typeof SIGNS]).trim()
    return value && sign + value
  })
  return [...ranged, ...words].filter(Boolean)
}
