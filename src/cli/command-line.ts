// Which command a command line means. The framework takes a mistyped command's arguments for more of its name.
import type { Config } from '@oclif/core'
import { SluiceError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'

export interface CommandLine {
  /** The command's id, such as `audit:tail`; a topic's, or undefined for the whole CLI, where help is wanted. */
  readonly id: string | undefined
  readonly args: string[]
  readonly help: boolean
}

/** Throws ERR_USAGE for what is no command, naming the nearest. */
export function readCommandLine(argv: readonly string[], config: Config): CommandLine {
  const help = argv[0] === 'help' || ownFlags(argv).some((arg) => arg === '--help' || arg === '-h')
  const said = argv[0] === 'help' ? argv.slice(1) : argv
  const flagAt = said.findIndex((arg) => arg.startsWith('-'))
  const words = flagAt < 0 ? said : said.slice(0, flagAt)
  const [first, second] = words
  if (first === undefined) {
    const [flag] = said
    if (help || flag === undefined) return { id: undefined, args: [], help: true }
    throw noSuch(`"${flag}" is no command: the command comes first, then its flags.`)
  }
  for (const id of [words.slice(0, 2).join(':'), first]) {
    if (config.findCommand(id)) return { id, args: said.slice(id === first ? 1 : 2), help }
  }
  const topic = config.findTopic(first) !== undefined
  if (topic && second === undefined) return { id: first, args: [], help: true }
  // In a topic the topic's own commands are compared: its name, which is right, would make all of them near.
  const prefix = topic ? `${first} ` : ''
  const names = [...config.commandIDs.map((id) => id.replaceAll(':', ' ')), 'help']
  const known = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  const word = (topic ? second : undefined) ?? first
  const name = `${prefix}${word}`
  const near = nearest(word, known)
  throw noSuch(
    `There is no command "${name}"${near === undefined ? '.' : `; did you mean ${prefix}${near}?`}`,
  )
}

/** Those before `--`: what follows is another command's. */
export function ownFlags(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end < 0 ? argv : argv.slice(0, end)
}

function noSuch(message: string): SluiceError {
  return new SluiceError('ERR_USAGE', message, { nextSteps: ['sluice --help'] })
}
