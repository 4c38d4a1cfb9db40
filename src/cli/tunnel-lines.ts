// What a tunnel prints: the listening block, a line a request, the closing line. Others' text is shown visibly.
import type { OutcomeStatus } from '../terms/entry.ts'
import type { FindingCounts } from '../terms/finding.ts'
import { colour } from './colour.ts'
import { quoted } from './shell.ts'
import { duration, timeOfDay, until } from './times.ts'
import { tokenWords } from './token-words.ts'
import { baseUrls, keylessSettings } from './tunnel-variables.ts'
import { visible } from './visible.ts'

export interface Listening {
  readonly url: string
  readonly model: string
  /** Names of the APIs that the model is reached by. */
  readonly dialects: readonly string[]
  readonly subject: string
  /** When the sign-in ends, in epoch milliseconds. */
  readonly signInExpiresAt: number
  readonly onRecord: string
  /** Whom it serves. */
  readonly access: 'key' | 'user' | 'machine'
  /** What sets the variables, in the shell that is in use. */
  readonly envCommand: string
}

/** One request as the tunnel tells of it. */
export interface RequestTold {
  readonly at: number
  readonly durationMs: number
  readonly method: string
  /** As entries name it, such as `chat`. */
  readonly operation: string
  /** A question that the gateway answers by itself, and which has no entry. */
  readonly discovery?: boolean
  readonly ended: 'finished' | 'cancelled' | 'cut-off' | 'failed' | 'refused'
  readonly status?: number
  readonly entry?: number
  readonly outcome?: {
    readonly status: OutcomeStatus
    readonly masked: { readonly request: FindingCounts; readonly reply: FindingCounts }
    readonly tokens?: { readonly input?: number; readonly output?: number }
    readonly error?: string
  }
  /** What was masked in the request, where there is no outcome to tell it. */
  readonly masked?: FindingCounts
  /** The gateway's message, where it refused. */
  readonly reason?: string
  readonly error?: { readonly message: string; readonly nextSteps: readonly string[] }
  /** How often it was sent, where that is more than once. */
  readonly tries?: number
  /** How many like it were turned away since the last one that was told. */
  readonly untold?: number
}

const SERVED = {
  user: 'any program of yours may use it, without a key',
  machine: 'any program of this machine may use it, other users’ as well',
}

export function listeningBlock(
  { url, model, dialects, subject, signInExpiresAt, onRecord, access, envCommand }: Listening,
  now: number,
): string {
  return [
    `${colour.bold.green('Listening')}  ${colour.bold(url)}  ${visible(model)} as ${visible(subject)}, until ${until(signInExpiresAt, now)}`,
    `${colour.bold('On record')}  ${visible(onRecord)}`,
    ...(access === 'key'
      ? [
          ...Object.entries(baseUrls({ url, key: 'KEY', model }, dialects)).map(
            ([family, base]) =>
              `${colour.bold(family.padEnd(9))}  ${base}${base.endsWith('KEY') ? '  the KEY as env tells it' : ''}`,
          ),
          `  ${envCommand}`,
        ]
      : [
          `${colour.bold.yellow('Keyless')}    ${SERVED[access]}`,
          ...keylessSettings(url, dialects).map((settings) => `  ${settings}`),
        ]),
    `  ${colour.dim('or:')} sluice run ${visible(quoted(model))} -- aider`,
  ].join('\n')
}

/** `14:02:11  chat  allowed  masked email, aws-key  412→96 tokens  1.8 s` */
export function requestLine(told: RequestTold): string {
  return [
    colour.dim(timeOfDay(told.at)),
    visible(told.operation),
    ...verdict(told),
    ...maskedWords(told),
    ...countsOf(told),
    ...(told.tries === undefined ? [] : [colour.yellow(`${told.tries} tries`)]),
    colour.dim(duration(told.durationMs)),
  ].join('  ')
}

/** `Closed     by you; 1 request, none cut off; 3 turned away` */
export function closingLine(
  reason: string,
  { requests, cutOff, refused }: { requests: number; cutOff: number; refused: number },
): string {
  const count = requests === 0 ? 'no requests' : requests === 1 ? '1 request' : `${requests} requests`
  const cut = requests === 0 ? '' : `, ${cutOff === 0 ? 'none' : cutOff} cut off`
  const away = refused === 0 ? '' : `; ${refused} turned away`
  return `${colour.bold('Closed')}     ${reason}; ${count}${cut}${away}`
}

// What became of it, and where it isn't plain, why.
function verdict({
  ended,
  status = 0,
  method,
  discovery = false,
  entry,
  outcome,
  reason,
  error,
  untold,
}: RequestTold): string[] {
  if (ended === 'refused' || ended === 'failed') {
    const more = untold === undefined ? [] : [`and ${untold} more like it`]
    const why = visible([error?.message ?? '', ...(error?.nextSteps ?? [])].join(' → '))
    return [colour.red(ended), why, ...more]
  }
  if (ended === 'cut-off') return [colour.red('cut off')]
  if (ended === 'cancelled' || outcome?.status === 'cancelled') return [colour.yellow('cancelled')]
  const why = [reason ?? outcome?.error ?? ''].filter((text) => text !== '').map(shortened)
  if (entry === undefined) {
    // Every request that reaches a model has an entry; a success without one is what must not be.
    if (status < 400 && method === 'POST' && !discovery) return [colour.bold.red('not on record')]
    return [status < 400 ? String(status) : colour.yellow(String(status)), ...why]
  }
  if (outcome?.status === 'denied') return [colour.red('denied'), ...why]
  if (outcome?.status === 'failed' || outcome?.status === 'interrupted')
    return [colour.yellow(outcome.status), ...why, String(status)]
  return status < 400 ? [colour.green('allowed')] : [colour.yellow(String(status)), ...why]
}

// Characters, not halves of them.
function shortened(text: string): string {
  const characters = [...text]
  return visible(characters.length > 100 ? `${characters.slice(0, 99).join('')}…` : text)
}

function maskedWords({ outcome, masked }: RequestTold): string[] {
  const names = Object.keys({ ...masked, ...outcome?.masked.request, ...outcome?.masked.reply })
  return names.length === 0 ? [] : [`masked ${names.map(visible).join(', ')}`]
}

function countsOf({ outcome }: RequestTold): string[] {
  const { input, output } = outcome?.tokens ?? {}
  return [tokenWords(String(input ?? ''), String(output ?? ''))].filter((text) => text !== '')
}
