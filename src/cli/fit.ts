// Lines that are wider than the terminal, broken between words.
import { stripVTControlCharacters } from 'node:util'
import { width } from './width.ts'

/** A next step in words, such as `  → Mend it, then: sluice gateway check`; one that is a command is in lower case. */
const STEP = /^ {2}(?:→|->) \p{Lu}/u
const WORDS = /( *)([^ ]+)/g
/** The same, but a command of ours at the end is one word. */
const WORDS_AND_COMMAND = /( *)((?<=: )sluice .*|[^ ]+)/g

/**
 * The text with lines no wider than the columns, what is carried over indented by two. A line that is indented already is
 * one to copy, such as a command: it stays whole, as does a word. A next step in words is broken like other words.
 */
export function fit(text: string, columns: number): string {
  if (columns === Infinity) return text
  return text
    .split('\n')
    .map((line) => {
      if (STEP.test(line)) return broken(line, columns, '    ', WORDS_AND_COMMAND)
      return line.startsWith('  ') ? line : broken(line, columns, '  ')
    })
    .join('\n')
}

/** One line, broken; `indent` goes before all but the first. Colours may go on across the break. */
export function broken(line: string, columns: number, indent: string, words = WORDS): string {
  const lines: string[] = []
  let current = ''
  let used = 0
  for (const [, spaces = '', word = ''] of line.matchAll(words)) {
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
