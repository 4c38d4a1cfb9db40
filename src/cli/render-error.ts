// Errors as people and scripts read them: what happened, what to do next, and the exit code.
import { asSluiceError, SluiceError } from '../base/errors.ts'
import { visible, visibleLines } from './visible.ts'

export interface RenderedError {
  readonly text: string
  readonly json: {
    readonly error: { readonly code: string; readonly message: string; readonly nextSteps: readonly string[] }
  }
  readonly exit: number
}

export function renderError(thrown: unknown): RenderedError {
  const error = isUsageError(thrown) ? usageError(thrown) : asSluiceError(thrown)
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
    text: `${lines.join('\n')}${cause}\n`,
    json: { error: { code: error.code, message: error.message, nextSteps: steps } },
    exit: error.exit,
  }
}

// oclif's own complaints (unknown flag, missing argument, unknown command) carry an exit code of 2 in `oclif`.
function isUsageError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && !(thrown instanceof SluiceError) && 'oclif' in thrown
}

function usageError(error: Error): SluiceError {
  const [first = '', ...rest] = error.message
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('See more help'))
  return new SluiceError('ERR_USAGE', [first, ...rest].join('\n'), { nextSteps: ['See sluice --help.'] })
}

function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}
