// What may come next in a command line that is being typed: commands, flags, their values, and names this machine knows.

/** A command as oclif.manifest.json has it, as far as it matters here. */
export interface CommandShape {
  readonly summary?: string
  readonly hidden?: boolean
  readonly args: { readonly [name: string]: { readonly description?: string } }
  readonly flags: { readonly [name: string]: FlagShape }
}

interface FlagShape {
  readonly type: 'boolean' | 'option'
  readonly char?: string
  readonly description?: string
  readonly hidden?: boolean
  readonly allowNo?: boolean
  readonly multiple?: boolean
  readonly options?: readonly string[]
}

export interface Known {
  /** By id, such as `audit:tail`. */
  readonly commands: { readonly [id: string]: CommandShape }
  readonly topics: { readonly [name: string]: { readonly description?: string } }
  gateways(): readonly string[]
  /** The models of the gateway that the line names, else of the one in use. */
  models(gateway: string | undefined): readonly string[]
}

export interface Completion {
  /** Whole words that begin as the one being typed does, each with what it is. */
  readonly words: readonly (readonly [word: string, about: string])[]
  /** What else the shell should offer: files, or programs and what they take. */
  readonly also?: 'files' | 'programs'
}

type Kind = 'models' | 'gateways' | 'files'
type Words = [word: string, about: string][]

// What arguments and flags of these names take.
const KINDS: { readonly [name: string]: Kind } = {
  model: 'models',
  url: 'gateways',
  gateway: 'gateways',
  file: 'files',
  ca: 'files',
  store: 'files',
  policy: 'files',
}

/** `typed`: the words after `sluice`, the last of them the one being typed, which may be empty. */
export function complete(typed: readonly string[], known: Known): Completion {
  const current = typed.at(-1) ?? ''
  const before = typed.slice(0, -1)
  const said = before[0] === 'help' ? before.slice(1) : before
  const id = [said.slice(0, 2).join(':'), said[0] ?? ''].find((name) => Object.hasOwn(known.commands, name))
  if (id === undefined) return beginning(current, names(said, known, said === before))
  const command = known.commands[id] as CommandShape
  const words = said.slice(id.split(':').length)
  if (said !== before) return { words: [] }
  return inCommand(command, words, current, known)
}

function inCommand(
  command: CommandShape,
  words: readonly string[],
  current: string,
  known: Known,
): Completion {
  if (words.includes('--')) return { words: [], also: 'programs' }
  const line = readLine(command, words)
  const values = (name: string, flag?: FlagShape): { words: Words; also?: 'files' } => {
    if (flag?.options) return { words: flag.options.map((option) => [option, '']) }
    const kind = KINDS[name]
    if (kind === 'files') return { words: [], also: 'files' }
    if (kind === 'gateways')
      return {
        words: known
          .gateways()
          .filter(isPlain)
          .map((url) => [url, 'gateway']),
      }
    if (kind !== 'models') return { words: [] }
    return {
      words: known
        .models(line.gateway)
        .filter(isPlain)
        .map((model) => [model, 'model']),
    }
  }
  const of = (current: string, { words, also }: { words: Words; also?: 'files' }): Completion => ({
    ...beginning(current, words),
    ...(also && { also }),
  })

  if (line.awaits !== undefined) return of(current, values(line.awaits, command.flags[line.awaits]))
  const [, name, value] = /^--([^=]+)=(.*)$/.exec(current) ?? []
  if (name !== undefined && value !== undefined) {
    const { words } = of(value, values(name, command.flags[name]))
    return { words: words.map(([word, about]) => [`--${name}=${word}`, about]) }
  }
  if (current.startsWith('-')) return beginning(current, flagWords(command, line.flags))
  const argument = Object.keys(command.args)[line.positional]
  return argument === undefined ? { words: [] } : of(current, values(argument))
}

interface LineSoFar {
  /** How many arguments there are already. */
  readonly positional: number
  readonly flags: ReadonlySet<string>
  /** The flag whose value is being typed. */
  readonly awaits?: string | undefined
  readonly gateway?: string | undefined
}

function readLine(command: CommandShape, words: readonly string[]): LineSoFar {
  const flags = new Set<string>()
  let positional = 0
  let awaits: string | undefined
  let gateway: string | undefined
  for (const word of words) {
    if (awaits !== undefined) {
      if (awaits === 'gateway') gateway = word
      awaits = undefined
      continue
    }
    if (!word.startsWith('-')) {
      positional++
      continue
    }
    const [flag = '', value] = word.split(/=(.*)/s)
    const [name, shape] =
      Object.entries(command.flags).find(
        ([name, { char }]) => flag === `--${name}` || flag === `--no-${name}` || flag === `-${char}`,
      ) ?? []
    if (name === undefined) continue
    flags.add(name)
    if (shape?.type !== 'option') continue
    if (value === undefined) awaits = name
    else if (name === 'gateway') gateway = value
  }
  return { positional, flags, awaits, gateway }
}

function names(said: readonly string[], known: Known, flags: boolean): Words {
  const commands = Object.entries(known.commands).filter(([, { hidden }]) => !hidden)
  if (said.length > 0) {
    const topic = `${said.join(':')}:`
    return commands
      .filter(([id]) => id.startsWith(topic))
      .map(([id, { summary }]) => [id.slice(topic.length), summary ?? ''])
  }
  return [
    ...commands.filter(([id]) => !id.includes(':')).map(([id, { summary }]): Words[0] => [id, summary ?? '']),
    ...Object.entries(known.topics).map(([name, { description }]): Words[0] => [name, description ?? '']),
    ...(flags
      ? ([
          ['help', 'Say what a command does, and how.'],
          ['--help', 'Say what there is.'],
          ['--version', 'Say which version this is.'],
        ] satisfies Words)
      : []),
  ]
}

function flagWords({ flags }: CommandShape, used: ReadonlySet<string>): Words {
  const words = Object.entries(flags)
    .filter(([name, { hidden, multiple }]) => !hidden && (multiple || !used.has(name)))
    .flatMap(([name, { allowNo, description = '' }]): Words => {
      const [about = ''] = description.split('\n')
      return [[`--${name}`, about], ...(allowNo ? ([[`--no-${name}`, '']] satisfies Words) : [])]
    })
  return [...words, ['--help', 'Say what this command does, and how.']]
}

// Flags are offered when a dash is there; until then they would bury what is looked for.
function beginning(current: string, words: Words): Completion {
  return {
    words: words.filter(([word]) => word.startsWith(current) && (current !== '' || !word.startsWith('-'))),
  }
}

// A shell takes what is offered as if it was typed: a name with signs that mean something to one is not offered.
function isPlain(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._:/@+%-]*$/u.test(name)
}
