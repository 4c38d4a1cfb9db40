// Errors as people and scripts read them: what happened, what to do next, and the exit code.
import { asSluiceError } from '../base/errors.ts'
import { type CommandOf, isUsageError, usageError } from './usage-error.ts'
import { visible, visibleLines } from './visible.ts'

export interface RenderedError {
  /** Lines, without the last one's end. */
  readonly text: string
  readonly json: {
    readonly error: {
      readonly code: string
      readonly message: string
      readonly nextSteps: readonly string[]
      readonly [detail: string]: unknown
    }
  }
  readonly exit: number
}

/** `command`: the one that threw, where it is known. */
export function renderError(thrown: unknown, command?: CommandOf): RenderedError {
  const error = isUsageError(thrown) ? usageError(thrown, command) : asSluiceError(thrown)
  const cause =
    error.code === 'ERR_INTERNAL' && process.env['SLUICE_DEBUG']
      ? `\n${visibleLines(stackOf(error.cause))}`
      : ''
  const steps = [...error.nextSteps]
  if (error.code === 'ERR_INTERNAL' && cause === '')
    steps.push('Run it again with SLUICE_DEBUG=1 to see where.')
  // The first line is the error; what follows it is indented, so that nothing in a message can pose as another line.
  const message = error.message.split('\n').map(visible).join('\n  ')
  const lines = [`Error: ${message}`, ...steps.map((step) => `  → ${visible(step)}`)]
  return {
    text: `${lines.join('\n')}${cause}`,
    json: { error: { code: error.code, message: error.message, nextSteps: steps, ...error.details } },
    exit: error.exit,
  }
}

function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}
