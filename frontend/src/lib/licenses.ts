/** What a form offers, by the names of SPDX. */
export const LICENSES = [
  'Apache-2.0',
  'MIT',
  'BSD-3-Clause',
  'AGPL-3.0',
  'GPL-3.0',
  'CC-BY-4.0',
  'CC-BY-NC-4.0',
  'other',
]

/** A license in the spelling of SPDX, where it is known; cards write it small. */
export function licenseName(name: string): string {
  return LICENSES.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name
}
