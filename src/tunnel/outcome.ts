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

/** The outcome in a trailer's text, or undefined where it says none. */
export function parseOutcome(text: unknown): Outcome | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const { masked, ...rest } = JSON.parse(text) as Partial<Outcome>
    if (typeof rest.status !== 'string' || typeof rest.entry !== 'number') return undefined
    return {
      ...(rest as Outcome),
      masked: { request: masked?.request ?? {}, reply: masked?.reply ?? {} },
    }
  } catch {
    return undefined
  }
}
