// The trailer in which the gateway tells how an exchange ended (docs/gateway-api.md, "Inference replies").
import type { OutcomeStatus } from '../terms/entry.ts'
import type { FindingCounts } from '../terms/finding.ts'

export interface Outcome {
  readonly status: OutcomeStatus
  /** The outcome entry's index. */
  readonly entry: number
  readonly masked: { readonly request: FindingCounts; readonly reply: FindingCounts }
  readonly tokens?: { readonly input?: number; readonly output?: number }
  readonly error?: string
}

const STATUSES: readonly unknown[] = [
  'completed',
  'denied',
  'failed',
  'cancelled',
  'interrupted',
] satisfies OutcomeStatus[]

/**
 * The outcome in a trailer's text, or undefined where it says none. The gateway is another's program: what is not named
 * here, or not of its type, is left out.
 */
export function parseOutcome(text: unknown): Outcome | undefined {
  if (typeof text !== 'string') return undefined
  const { status, entry, masked, tokens, error } = fieldsOf(parsed(text))
  if (!isStatus(status) || !isCount(entry)) return undefined
  const { request, reply } = fieldsOf(masked)
  const { input, output } = fieldsOf(tokens)
  const counted = { ...(isCount(input) && { input }), ...(isCount(output) && { output }) }
  return {
    status,
    entry,
    masked: { request: countsOf(request), reply: countsOf(reply) },
    ...(Object.keys(counted).length > 0 && { tokens: counted }),
    ...(typeof error === 'string' && { error }),
  }
}

/** The counts in the header that tells what was masked in the request; undefined where there is none. */
export function parseCounts(text: unknown): FindingCounts | undefined {
  if (typeof text !== 'string') return undefined
  const counts = countsOf(parsed(text))
  return Object.keys(counts).length === 0 ? undefined : counts
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fieldsOf(value: unknown): { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null ? (value as { [name: string]: unknown }) : {}
}

function countsOf(value: unknown): FindingCounts {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).filter((pair): pair is [string, number] => isCount(pair[1])),
  )
}

function isStatus(value: unknown): value is OutcomeStatus {
  return STATUSES.includes(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
