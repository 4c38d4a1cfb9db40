// Lines that are wider than the terminal, broken between words.
import { stripVTControlCharacters } from 'node:util'
import { width } from './width.ts'

/**
 * The text with lines no wider than the columns, what is carried over indented by two. A line that is indented already is
 * one to copy, such as a command: it stays whole, as does a word.
 */
export function fit(text: string, columns: number): string {
  if (columns === Infinity) return text
  return text
    .split('\n')
    .map((line) => (line.startsWith('  ') ? line : broken(line, columns, '  ')))
    .join('\n')
}

/** One line, broken; `indent` goes before all but the first. Colours may go on across the break. */
export function broken(line: string, columns: number, indent: string): string {
  const lines: string[] = []
  let current = ''
  let used = 0
  for (const [, spaces = '', word = ''] of line.matchAll(/( *)([^ ]+)/g)) {
    const wide = width(stripVTControlCharacters(word))
    if (current !== '' && used + spaces.length + wide > columns) {
      lines.push(current)
      current = indent + word
      used = indent.length + wide
    } else {
      current += spaces + word
      used += spaces.length + wide
    }
  }
  return [...lines, current].join('\n')
}
