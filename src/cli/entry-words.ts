// What entries say, in words. All in them is others' text: of any type, and shown visibly.
import type { Entry } from '../terms/entry.ts'
import { colour } from './colour.ts'
import { duration, until } from './times.ts'
import { tokenWords } from './token-words.ts'
import { visible } from './visible.ts'

type Paint = (text: string) => string

/** What the type says is in an entry, as far as it can be trusted: that there are fields. */
export type Fields<T> = { readonly [name in keyof T | 'subject']?: unknown }

/** What an entry says, in words for a line. `name`: of its subject, or the id. */
export function wordsOf(
  entry: Entry,
  name: string,
  now: number,
): [word: string, paint: Paint, ...facts: string[]] {
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
      return ['revoked', colour.red, 'sign-in', name, reasonWords(entry.reason)]
    case 'subject-erased':
      return ['erased', colour.yellow, 'whose it is', name, by(entry)]
    case 'gateway-started':
      return ['started', plain, 'gateway', textOf(entry.version)]
    case 'gateway-stopped':
      return ['stopped', plain, 'gateway', textOf(entry.version)]
    case 'key-rotated':
      return ['rotated', colour.yellow, 'ledger’s key', `${keyId(entry.from)} → ${keyId(entry.to)}`]
    case 'ledger-recovered': {
      const { lost, restored }: Fields<typeof entry> = entry
      const size = (lost as { size?: unknown } | null | undefined)?.size
      const to = typeof size === 'number' ? ` to ${size - 1}` : ' on'
      return ['recovered', colour.yellow, 'ledger', `lost: #${textOf(restored)}${to}`, textOf(entry.reason)]
    }
    case 'approval-requested':
      return [
        'requested',
        colour.yellow,
        'approval',
        textOf(entry.model),
        name,
        held(entry),
        `until ${until(textOf(entry.until), now)}`,
      ]
    case 'approval-given': {
      const scope = entry.covers === 'session' ? 'and what is held alike in its session' : ''
      return ['approved', colour.green, 'request', name, held(entry), by(entry), scope]
    }
    case 'approval-denied':
      return ['denied', colour.red, 'request', name, held(entry), by(entry)]
    case 'approval-expired':
      return ['expired', colour.red, 'approval', name, held(entry), 'nobody decided in time']
    case 'recording-sealed':
      return ['sealed', plain, 'recording', name, `part ${textOf(entry.part)}`, reasonWords(entry.reason)]
    case 'recording-viewed':
      return ['viewed', colour.yellow, 'recording', name, by(entry), reasonWords(entry.reason)]
    case 'recording-erased':
      return ['erased', colour.yellow, 'recording', name, by(entry), reasonWords(entry.reason)]
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

/** The line of the decision that holds the request has that number. */
function held({ decision }: { readonly decision?: unknown }): string {
  return `#${textOf(decision)}`
}

function by(entry: { readonly by?: unknown }): string {
  const who = textOf(entry.by)
  return who === '' ? '' : `by ${who}`
}

// Why, as entries other than decisions say it. Those of a newer gateway stand as they are.
const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['token-reused', 'a token that was used up came again'],
  ['full', 'it is full'],
  ['due', 'it was open for long enough'],
  ['ended', 'the session has ended'],
  ['own', 'their own session'],
  ['review', 'to decide on what is held'],
  ['audit', 'as an auditor'],
  ['emergency', 'in an emergency'],
  ['requested', 'it was asked for'],
  ['subject-erased', 'who it was is erased'],
  ['retention', 'its time was over'],
])

function reasonWords(reason: unknown): string {
  return REASONS.get(reason) ?? textOf(reason)
}

// Codes of a policy's reasons. Those of a newer gateway stand as they are.
const POLICY_REASONS: ReadonlyMap<string, string> = new Map([
  ['no-rule', 'no rule lets them use it'],
  ['not-inspectable', 'part of it can’t be inspected'],
  ['reply-not-inspectable', 'part of the reply that it asks for can’t be inspected'],
  ['beyond-exchange', 'the model server would keep it, or call others for it'],
  ['finding-in-structure', 'what is masked is in an id, name or key'],
])

/** Such as `the model server would keep it, or call others for it (rule engineers)`. */
function whyWords(reasons: readonly unknown[], rule: unknown): string {
  const why = listed(reasons.map((reason) => POLICY_REASONS.get(reason as string) ?? reason))
  const by = textOf(rule)
  if (by === '' || reasons.includes('no-rule')) return why
  return why === '' ? `rule ${by}` : `${why} (rule ${by})`
}

function countsOf(tokens: unknown): string {
  if (typeof tokens !== 'object' || tokens === null) return ''
  const { input, output } = tokens as { input?: unknown; output?: unknown }
  return tokenWords(textOf(input), textOf(output))
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

/** A field as text, shown visibly. An object is none: made into text, it may even throw. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return visible(value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}
