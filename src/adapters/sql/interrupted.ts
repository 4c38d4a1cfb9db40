// The outcome of an exchange whose gateway did not come to record one.
import type { DecisionEntry, OutcomeEntry } from '../../terms/entry.ts'
import { prepareLeaf } from './leaf.ts'
import type { Leaf } from './leaf.ts'

/**
 * The leaf that ends the exchange of a decision's `text`. How long it ran is not known; it is certain until `lastSign`,
 * the latest entry before.
 */
export function interruptedLeaf(text: string, now: number, lastSign: number): Leaf {
  const decision = JSON.parse(text) as DecisionEntry
  const { exchange, session, subject, model } = decision
  const outcome: OutcomeEntry = {
    v: 1,
    kind: 'outcome',
    time: new Date(now).toISOString(),
    exchange,
    session,
    subject,
    model,
    status: 'interrupted',
    findings: {},
    durationMs: Math.max(0, lastSign - Date.parse(decision.time)),
  }
  return prepareLeaf(outcome)
}

/** The exchange that a decision's `text` opens. */
export function exchangeOf(text: string): string {
  return (JSON.parse(text) as DecisionEntry).exchange
}
