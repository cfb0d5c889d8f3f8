import type { Column, Group } from './comparison'
import { formName } from '@/lib/jobWords'

/** More were never measured; a difference of two floats would have sixteen. */
const FIGURES = 7
const HEAD = ['group', 'row', 'model', 'device_file', 'value', 'shown', 'unit', 'source', 'note']

/** A comparison as a table of one line per cell, as programs read it; empty cells are left out. */
export function comparisonCsv(columns: readonly Column[], groups: readonly Group[]): string {
  const lines = groups.flatMap(({ title, rows }) =>
    rows.flatMap(({ label, cells }) =>
      cells.flatMap((cell, at) => {
        const column = columns[at]
        if (!column || cell.text === '–') return []
        const value = cell.value === null ? '' : String(Number(cell.value.toPrecision(FIGURES)))
        const about = [title, label, column.model.id, formName(column.artifact)]
        const told = [value, cell.text, cell.unit, cell.source, cell.note]
        return [[...about, ...told.map((part) => part ?? '')]]
      }),
    ),
  )
  return [HEAD, ...lines].map((line) => line.map(quoted).join(',')).join('\r\n') + '\r\n'
}

/** A text that a table program would take for a formula is told from one by a quote. */
function quoted(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
