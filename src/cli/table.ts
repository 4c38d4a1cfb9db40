// Columns of text, aligned; the way lists look in a terminal.
import { colour } from './colour.ts'
import { visible } from './visible.ts'

/** A heading and rows, two spaces between columns; nothing trails. Cells may be others' text: they are shown visibly. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(visible))
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...cells.map((row) => row[i]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [colour.dim(line(headings)), ...cells.map(line)].join('\n')
}
