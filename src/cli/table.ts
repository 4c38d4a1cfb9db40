// Columns of text, aligned; the way lists look in a terminal.
import { colour } from './colour.ts'
import { broken } from './fit.ts'
import { spelled } from './spelled.ts'
import { columnsOf } from './terminal.ts'
import { visible } from './visible.ts'
import { padded, shortened, width } from './width.ts'

const LEAST_COLUMNS = 20

/**
 * A heading and rows, two spaces between columns; nothing trails. Where the terminal is too narrow for it, each row is a
 * block instead: its first cell that has one as the title, then a line a column. Cells may be others' text: they are
 * shown visibly, and in a terminal a word that is wider than it ends in `…`.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number = columnsOf(process.stdout),
): string {
  const cells = rows.map((row) => row.map(visible))
  const widths = headings.map((heading, i) =>
    Math.max(width(heading), ...cells.map((row) => width(row[i] ?? ''))),
  )
  const whole = widths.reduce((sum, one) => sum + one, 2 * (widths.length - 1))
  if (whole > columns) return blocks(headings, cells, Math.max(columns, LEAST_COLUMNS))
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => padded(cell, widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [colour.dim(line(headings)), ...cells.map(line)].join('\n')
}

function blocks(headings: readonly string[], rows: readonly (readonly string[])[], columns: number): string {
  return rows.map((row) => block(headings, row, columns)).join('\n\n')
}

// A column without a heading holds a mark, such as that of the row in use: it goes before the title.
function block(headings: readonly string[], row: readonly string[], columns: number): string {
  const titleAt = headings.findIndex((heading) => heading !== '')
  const title = row.slice(0, titleAt + 1).filter((cell) => cell !== '')
  const lines = headings.flatMap((heading, i) =>
    i <= titleAt || (row[i] ?? '') === ''
      ? []
      : `  ${colour.dim(`${heading.toLowerCase()}:`)} ${cut(row[i] ?? '', columns - 4)}`,
  )
  return [cut(title.join(' '), columns), ...lines].map((line) => broken(line, columns, '    ')).join('\n')
}

function cut(text: string, columns: number): string {
  return text
    .split(' ')
    .map((word) => shortened(word, columns, spelled('…')))
    .join(' ')
}
