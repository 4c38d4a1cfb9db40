// oclif's complaints about arguments and flags, in this CLI's words: one clear line, and the command's own help.
import { stripVTControlCharacters } from 'node:util'
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
  return new SluiceError('ERR_USAGE', messageOf(error, command), { nextSteps: [help] })
}

function messageOf(error: Error, command: CommandOf | undefined): string {
  // Some of it is dimmed.
  const message = stripVTControlCharacters(error.message)
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
  const [, valueless, values] =
    /^Flag (--\S+) expects (?:a value|one of these values: (.*))/.exec(message) ?? []
  if (valueless !== undefined)
    return `${valueless} needs a value${values === undefined ? '' : `, one of ${values}`}.`
  const [, twice] = /^Flag (--\S+) can only be specified once/.exec(message) ?? []
  if (twice !== undefined) return `${twice} can be given only once.`
  if (/^Nonexistent flags?: /.test(message) && 'flags' in error)
    return unknown(error.flags as string[], command)
  if (/^Missing \d+ required arg/.test(message) && 'args' in error)
    return (error.args as Argument[]).map(missing).join('\n')
  if (/^The following errors? occurred:/.test(message))
    return [...new Set(told.slice(1).map(wrong))].join('\n')
  return told.join('\n')
}

interface Argument {
  readonly name: string
  readonly description?: string
}

function missing({ name, description }: Argument): string {
  const what = `${name.toUpperCase()} is missing`
  return description === undefined ? `${what}.` : `${what}: ${description}`
}

function wrong(line: string): string {
  const [, needed] = /Missing required flag (\S+)/.exec(line) ?? []
  if (needed !== undefined) return `--${needed} is missing.`
  const [, one, other] = /(--[^=\s]+)\S* cannot also be provided when using (--\S+)/.exec(line) ?? []
  return one === undefined ? line.trim() : `${[one, other].sort().join(' and ')} don't go together.`
}

function unknown(said: readonly string[], command: CommandOf | undefined): string {
  // What was given to it may be meant for no screen.
  const flags = [...new Set(said.map((flag) => flag.replace(/=.*/s, '')))]
  const [first = '', ...more] = flags
  if (more.length > 0) return `There are no flags ${flags.join(', ')} here.`
  return `There is no flag ${first} here${meant(first, command)}`
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

/**
 * Throws ERR_USAGE for a value given to a flag that takes none, since the framework takes it for an argument, and `--yes=no`
 * for yes; and for an empty one, such as a script's variable that is not set: `--dir ''` is not the folder at hand.
 */
export function refuseValues(argv: readonly string[], command: CommandOf): void {
  for (const [at, arg] of argv.entries()) {
    const [, flag = '', value] = /^(--[^=]+|-[^-=])(?:=(.*))?$/s.exec(arg) ?? []
    const type = typeOf(flag, command)
    if (type === 'boolean' && value !== undefined) throw wrongValue(`${flag} takes no value.`, command)
    if (type === 'option' && (value ?? argv[at + 1]) === '')
      throw wrongValue(`${flag} needs a value.`, command)
  }
}

function typeOf(flag: string, { flags }: CommandOf): string | undefined {
  const shapes = flags as { readonly [name: string]: { readonly type?: string; readonly char?: string } }
  const name = flag.slice(2)
  if (flag.startsWith('--')) return (shapes[name] ?? shapes[name.replace(/^no-/, '')])?.type
  return Object.values(shapes).find(({ char }) => flag === `-${char}`)?.type
}

function wrongValue(message: string, command: CommandOf): SluiceError {
  return usageError(new Error(message), command)
}
