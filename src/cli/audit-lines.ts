// Entries as a person reads them, one line each. All in them is others' text: of any type, and shown visibly.
import type { Entry } from '../terms/entry.ts'
import { colour } from './colour.ts'
import { duration, timeOfDay } from './times.ts'
import { tokenWords } from './token-words.ts'
import { visible } from './visible.ts'

/**
 * `14:02:11  #41    allow        qwen-coder  chat  ada@example.dev  masked email`; days other than today's are named.
 * Never throws: that an entry is in the ledger says nothing of its fields.
 */
export function entryLine(index: number, entry: Entry, name: string | undefined, now: number): string {
  const [word, paint, ...facts] = wordsOf(entry, textOf(name ?? (entry as Fields<Entry>)['subject']))
  const shown = facts.filter((fact) => fact !== '').join('  ')
  const number = `#${index}`.padEnd(5)
  return `${colour.dim(dayAndTime(entry.time, now))}  ${number}  ${paint(word.padEnd(11))}  ${shown}`.trimEnd()
}

/** What a reply of this machine said of itself. */
interface Named {
  readonly at: number
  readonly operation: string
  readonly exchange?: string
}

/** `Missing    14:02:11  chat  ex_…  its reply named entry 41, which is not on record as its own` */
export function unaccountedLine({ at, operation, exchange }: Named, index: number, now: number): string {
  const time = dayAndTime(new Date(at).toISOString(), now)
  const what = `${visible(operation)}  ${visible(exchange ?? '')}`
  return `${colour.bold.red('Missing')}   ${time}  ${what}  its reply named entry ${index}, which is not on record as its own`
}

/** `Missing    14:02:11  chat  its reply named no entry` */
export function withoutEntryLine({ at, operation }: Named, now: number): string {
  const time = dayAndTime(new Date(at).toISOString(), now)
  return `${colour.bold.yellow('Missing')}   ${time}  ${visible(operation)}  its reply named no entry`
}

type Paint = (text: string) => string

/** What the type says is in an entry, as far as it can be trusted: that there are fields. */
type Fields<T> = { readonly [name in keyof T | 'subject']?: unknown }

function wordsOf(entry: Entry, name: string): [word: string, paint: Paint, ...facts: string[]] {
  const plain: Paint = (text) => text
  // What stands in an entry of another version may mean something else.
  const version: unknown = entry.v
  if (version !== 1) {
    return [
      'entry',
      plain,
      `of version ${textOf(version) || '?'}, which this sluice does not know; a newer one does`,
    ]
  }
  switch (entry.kind) {
    case 'decision': {
      const { effect, findings, inspected, model, operation, rule, reasons }: Fields<typeof entry> = entry
      const paint =
        effect === 'allow'
          ? colour.green
          : effect === 'deny'
            ? colour.red
            : effect === 'hold'
              ? colour.yellow
              : plain
      const why = effect === 'allow' ? '' : whyWords(listOf(reasons), rule)
      const not = listed(listOf((inspected as { not?: unknown } | null | undefined)?.not))
      const found = findingWords(effect === 'allow' ? 'masked' : 'found', findings)
      const passed = not === '' ? '' : `${effect === 'allow' ? 'not inspected' : 'namely'}: ${not}`
      return [textOf(effect), paint, textOf(model), textOf(operation), name, why, found, passed]
    }
    case 'outcome': {
      const { durationMs, error, findings, model, status, tokens }: Fields<typeof entry> = entry
      const paint =
        status === 'completed' ? colour.green : status === 'cancelled' ? colour.yellow : colour.red
      const masked = findingWords('masked in the reply:', findings)
      const took = typeof durationMs === 'number' ? duration(durationMs) : ''
      return [textOf(status), paint, textOf(model), name, textOf(error), masked, countsOf(tokens), took]
    }
    case 'refusal': {
      const { error, model, operation }: Fields<typeof entry> = entry
      return ['refused', colour.red, textOf(model), textOf(operation), name, textOf(error)]
    }
    case 'session-opened':
      return ['opened', plain, 'session', textOf(entry.model), name]
    case 'session-closed':
      return ['closed', plain, 'session', textOf(entry.model), name]
    case 'signed-in':
      return ['signed in', plain, name]
    case 'signed-out':
      return ['signed out', plain, name]
    case 'sign-in-revoked':
      return ['revoked', colour.red, 'sign-in', name, revokedWords(entry.reason)]
    case 'subject-erased':
      return ['erased', colour.yellow, 'whose it is', name, `by ${textOf(entry.by)}`]
    case 'gateway-started':
      return ['started', plain, 'gateway', textOf(entry.version)]
    case 'gateway-stopped':
      return ['stopped', plain, 'gateway', textOf(entry.version)]
    case 'key-rotated':
      return ['rotated', colour.yellow, 'ledger’s key', `${keyId(entry.from)} → ${keyId(entry.to)}`]
    default:
      // A newer gateway knows more kinds than this CLI.
      return [textOf((entry as { kind: unknown }).kind), plain, name]
  }
}

function findingWords(verb: string, findings: unknown): string {
  const names = typeof findings === 'object' && findings !== null ? Object.keys(findings) : []
  return names.length === 0 ? '' : `${verb} ${listed(names)}`
}

function keyId(vkey: unknown): string {
  return textOf(vkey).split('+')[1] ?? textOf(vkey)
}

function revokedWords(reason: unknown): string {
  if (reason === 'token-reused') return 'a token that was used up came again'
  return reason === 'subject-erased' ? 'who it was is erased' : textOf(reason)
}

// Codes of a policy's reasons. Those of a newer gateway stand as they are.
const REASONS: ReadonlyMap<string, string> = new Map([
  ['no-rule', 'no rule lets them use it'],
  ['not-inspectable', 'part of it can’t be inspected'],
  ['reply-not-inspectable', 'part of the reply that it asks for can’t be inspected'],
  ['beyond-exchange', 'the model server would keep it, or call others for it'],
  ['finding-in-structure', 'what is masked is in an id, name or key'],
])

/** Such as `the model server would keep it, or call others for it (rule engineers)`. */
function whyWords(reasons: readonly unknown[], rule: unknown): string {
  const why = listed(reasons.map((reason) => REASONS.get(reason as string) ?? reason))
  const by = textOf(rule)
  if (by === '' || reasons.includes('no-rule')) return why
  return why === '' ? `rule ${by}` : `${why} (rule ${by})`
}

function countsOf(tokens: unknown): string {
  if (typeof tokens !== 'object' || tokens === null) return ''
  const { input, output } = tokens as { input?: unknown; output?: unknown }
  return tokenWords(textOf(input), textOf(output))
}

function dayAndTime(time: unknown, now: number): string {
  const at = new Date(typeof time === 'string' ? time : NaN)
  if (Number.isNaN(at.getTime())) return textOf(time) || '?'
  const clock = timeOfDay(at.getTime())
  if (at.toDateString() === new Date(now).toDateString()) return clock
  return `${at.getFullYear()}-${twoDigits(at.getMonth() + 1)}-${twoDigits(at.getDate())} ${clock}`
}

function listed(values: readonly unknown[]): string {
  return values
    .map(textOf)
    .filter((text) => text !== '')
    .join(', ')
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

// An object is no text: made into one, it may even throw.
function textOf(value: unknown): string {
  if (typeof value === 'string') return visible(value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

function twoDigits(n: number): string {
  return String(n).padStart(2, '0')
}
