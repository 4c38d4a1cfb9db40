// oclif's complaints about arguments and flags, in this CLI's words: one clear line, and the command's own help.
import { SluiceError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'

/** The command that complains: its id, such as `audit:tail`, and its flags by name. */
export interface CommandOf {
  readonly id: string
  readonly flags: { readonly [name: string]: object }
}

/** Such complaints (unknown flag, missing argument, …) carry their exit code in `oclif`. */
export function isUsageError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && !(thrown instanceof SluiceError) && 'oclif' in thrown
}

export function usageError(error: Error, command?: CommandOf): SluiceError {
  const help = command ? `sluice ${command.id.replaceAll(':', ' ')} --help` : 'sluice --help'
  return new SluiceError('ERR_USAGE', messageOf(error.message, command), { nextSteps: [help] })
}

function messageOf(message: string, command: CommandOf | undefined): string {
  const lines = message.split('\n').map((line) => line.replaceAll('\t', ' '))
  const told = lines.filter((line) => line.trim() !== '' && !line.startsWith('See more help'))
  const [, flag] = /^Parsing --(\S+)/.exec(message) ?? []
  if (flag !== undefined) {
    const [, number] = /Expected an integer .*but received: (.*)/.exec(message) ?? []
    if (number !== undefined)
      return `--${flag} must be a whole number${bounds(flag, command)}, not "${number}".`
    return `--${flag}: ${told.slice(1).join('\n').trim()}`
  }
  const [, name, value, options] = /^Expected --([^=]+)=(.*) to be one of: (.*)/.exec(message) ?? []
  if (name !== undefined) return `--${name} must be one of ${options}; not "${value}".`
  const [, said, choices] = /^Expected (.*) to be one of: (.*)/.exec(message) ?? []
  if (said !== undefined) return `"${said}" is none of ${choices}.`
  const [, flags] = /^Nonexistent flags?: (.*)/.exec(message) ?? []
  if (flags?.includes(', ')) return `There are no flags ${flags} here.`
  if (flags !== undefined) return `There is no flag ${flags} here${meant(flags, command)}`
  return told.join('\n')
}

function meant(flag: string, command: CommandOf | undefined): string {
  const known = Object.entries(command?.flags ?? {}).flatMap(([name, shape]) =>
    'allowNo' in shape && shape.allowNo === true ? [`--${name}`, `--no-${name}`] : [`--${name}`],
  )
  const near = flag.startsWith('--') ? nearest(flag, [...known, '--help']) : undefined
  return near === undefined ? '.' : `; did you mean ${near}?`
}

function bounds(flag: string, command: CommandOf | undefined): string {
  const { min, max } = (command?.flags[flag] ?? {}) as { min?: number; max?: number }
  if (min === undefined) return ''
  return max === undefined ? ` from ${min} up` : ` from ${min} to ${max}`
}
