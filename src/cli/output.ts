// Where text goes: results to stdout, progress and errors to stderr, in what the terminal at hand can show.
import { SluiceError } from '../base/errors.ts'
import { broken, fit } from './fit.ts'
import { renderError } from './render-error.ts'
import { spelled } from './spelled.ts'
import { columnsOf } from './terminal.ts'
import { visibleJson } from './visible.ts'

/** Lines that are too wide are broken between words, but for indented ones. */
export function toStdout(text: string): void {
  process.stdout.write(`${fit(spelled(text), columnsOf(process.stdout))}\n`)
}

export function toStderr(text: string): void {
  process.stderr.write(`${fit(spelled(text), columnsOf(process.stderr))}\n`)
}

/** Lines for stdout, broken where they are too wide although they are indented: to read, not to copy. */
export function toRead(text: string): string {
  const lines = spelled(text).split('\n')
  return lines.map((line) => broken(line, columnsOf(process.stdout), '    ')).join('\n')
}

/** One JSON object, as one line. */
export function jsonLine(value: object): string {
  return `${visibleJson(value)}\n`
}

/**
 * Makes output that nobody reads, as after `head` or in a terminal that was closed, no fault; commands that go on for long watch for it themselves, to end in
 * order. Output that can't be written, as on a full disk, ends the process with a told error.
 */
export function watchOutput(): void {
  // First of all: the framework's own listener throws whatever is not EPIPE, and what was to end in order would not.
  process.stdout.prependListener('error', (failure: NodeJS.ErrnoException) => {
    // The terminal has gone, which is the same as a pipe that has.
    if (failure.code === 'EIO') failure.code = 'EPIPE'
    const { code = 'unknown' } = failure
    if (code === 'EPIPE') return
    const nextSteps = ['Is the disk full that the output goes to?']
    const error = new SluiceError('ERR_OUTPUT', `The output can't be written (${code}).`, { nextSteps })
    const { text, exit } = renderError(error)
    toStderr(text)
    process.exit(exit)
  })
  process.stderr.on('error', () => undefined)
}
