// One request and its reply: its abort, its entries in the ledger, and the promise that each has exactly one outcome.
import type { ServerResponse } from 'node:http'
import { SluiceError, type ErrorCode } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import type { RequestReading, Tokens } from '../dialects/dialect.ts'
import type { Decision, Facts, Needs } from '../terms/decision.ts'
import type { DecisionEntry, OutcomeEntry, OutcomeStatus } from '../terms/entry.ts'
import type { FindingCounts } from '../terms/finding.ts'
import type { Caller } from '../terms/subject.ts'
import type { GatewayParts, ServedModel } from './parts.ts'

export type AbortCause = 'caller' | 'shutdown' | 'revoked' | 'closed'

/** What the decision entry says, gathered by the pipeline. */
export interface Decided {
  readonly caller: Caller
  readonly model: ServedModel
  readonly asked: RequestReading
  readonly needs: Needs
  readonly facts: Facts
  readonly decision: Decision
}

/** What is known of the reply when the exchange ends. */
export interface Ending {
  readonly error?: ErrorCode
  readonly upstreamStatus?: number | undefined
  readonly findings?: FindingCounts
  readonly tokens?: Tokens | undefined
}

export class Exchange {
  readonly id = newId('ex')
  readonly startedAt: number
  signIn: string | undefined
  /** The reply's findings, tokens and status so far, kept here so that a failure is recorded with them. */
  ending: Ending = {}
  abortCause: AbortCause | undefined
  /** The outcome as callers learn of it: the trailer's JSON. */
  summary: string | undefined

  private readonly parts: GatewayParts
  private readonly controller = new AbortController()
  private session: string | undefined
  private readonly endedMeanwhile = new Set<string>()
  private decided: Decided | undefined
  private concluded = false

  constructor(parts: GatewayParts) {
    this.parts = parts
    this.startedAt = parts.clock.now()
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** Whether the exchange has a decision entry and still owes its outcome. */
  get owesOutcome(): boolean {
    return this.decided !== undefined && !this.concluded
  }

  /** Whether its outcome could not be made durable: then no reply of it may look whole. */
  get isUnrecorded(): boolean {
    return this.concluded && this.summary === undefined
  }

  get model(): string {
    return this.decided?.model.name ?? ''
  }

  abort(cause: AbortCause): void {
    if (this.controller.signal.aborted) return
    this.abortCause = cause
    this.controller.abort()
  }

  /** Told of every sign-in and session that ends before its time: the exchange's own aborts it. */
  credentialEnded(id: string): void {
    if (id === this.signIn) this.abort('revoked')
    else if (id === this.session) this.abort('closed')
    // While its caller is looked up nobody knows whose it is.
    else if (this.session === undefined) this.endedMeanwhile.add(id)
  }

  /**
   * Makes the decision durable; a denial together with its outcome. Returns the decision entry's index. Rejects, with
   * nothing on record, where the caller's sign-in or session has ended since the exchange began.
   */
  async decide(decided: Decided): Promise<number> {
    this.signIn = decided.caller.signIn
    this.session = decided.caller.session
    for (const id of this.endedMeanwhile) this.credentialEnded(id)
    this.signal.throwIfAborted()
    const entry = this.decisionEntry(decided)
    if (decided.decision.effect !== 'deny') {
      const [index] = await this.parts.ledger.append([entry])
      this.decided = decided
      return index as number
    }
    const outcome = this.outcomeEntry(decided, 'denied', { error: 'ERR_POLICY_DENIED' })
    const [index, last] = await this.parts.ledger.append([entry, outcome])
    this.decided = decided
    this.conclusion(decided, outcome, last as number)
    return index as number
  }

  /** Makes the outcome durable. Every exchange that was decided is concluded exactly once. */
  async conclude(status: OutcomeStatus, ending: Ending = this.ending): Promise<void> {
    if (!this.decided || this.concluded) return
    this.concluded = true
    const outcome = this.outcomeEntry(this.decided, status, ending)
    const [index] = await this.parts.ledger.append([outcome])
    this.conclusion(this.decided, outcome, index as number)
  }

  private conclusion(decided: Decided, outcome: OutcomeEntry, index: number): void {
    this.concluded = true
    const { status, error, findings, tokens } = outcome
    this.summary = JSON.stringify({
      status,
      error,
      entry: index,
      masked: { request: decided.facts.findings, reply: findings },
      tokens,
    })
    const { metrics } = this.parts
    metrics.exchangeEnded(decided.model.name, status, outcome.durationMs / 1000)
    for (const [detector, n] of Object.entries(decided.facts.findings)) metrics.found('request', detector, n)
    for (const [detector, n] of Object.entries(findings)) metrics.found('reply', detector, n)
  }

  // Keys stand in canonical order, which spares the ledger the sorting.
  private decisionEntry({ caller, model, asked, needs, facts, decision }: Decided): DecisionEntry {
    const not = [...facts.opaque.request, ...facts.opaque.reply].slice(0, 8)
    const { request, reply } = needs.mask
    return {
      dialect: model.dialect.name,
      effect: decision.effect,
      exchange: this.id,
      findings: facts.findings,
      inspected: not.length > 0 ? { not, reply, request } : { reply, request },
      kind: 'decision',
      model: model.name,
      operation: 'chat',
      policy: this.parts.policyDigest,
      ...(decision.reasons.length > 0 && { reasons: decision.reasons.map((reason) => reason.code) }),
      rule: decision.rule,
      session: caller.session,
      stream: asked.stream,
      subject: caller.subject.id,
      time: new Date(this.parts.clock.now()).toISOString(),
      v: 1,
    }
  }

  private outcomeEntry({ caller, model }: Decided, status: OutcomeStatus, ending: Ending): OutcomeEntry {
    const { error, findings = {}, tokens, upstreamStatus } = ending
    const now = this.parts.clock.now()
    return {
      durationMs: Math.max(0, now - this.startedAt),
      ...(error !== undefined && { error }),
      exchange: this.id,
      findings,
      kind: 'outcome',
      model: model.name,
      session: caller.session,
      status,
      subject: caller.subject.id,
      time: new Date(now).toISOString(),
      ...(tokens !== undefined && { tokens }),
      ...(upstreamStatus !== undefined && { upstreamStatus }),
      v: 1,
    }
  }
}

/** Follows the caller: when the connection goes before the reply is out, the exchange is aborted. */
export function abortWhenCallerLeaves(exchange: Exchange, response: ServerResponse): void {
  response.once('close', () => {
    if (!response.writableFinished) exchange.abort('caller')
  })
}

/** Why an aborted exchange ended, as an outcome and as an error for a caller who is still there. */
export function abortOutcome(cause: AbortCause): { status: OutcomeStatus; error: SluiceError } {
  switch (cause) {
    case 'caller':
      return { status: 'cancelled', error: new SluiceError('ERR_CANCELLED', 'The caller went away.') }
    case 'shutdown':
      return {
        status: 'interrupted',
        error: new SluiceError('ERR_GATEWAY_STOPPING', 'The gateway stopped before the reply was complete.'),
      }
    case 'revoked':
      return {
        status: 'interrupted',
        error: new SluiceError('ERR_NOT_SIGNED_IN', 'Your sign-in was ended.', {
          nextSteps: ['Run: sluice login'],
        }),
      }
    case 'closed':
      return {
        status: 'interrupted',
        error: new SluiceError('ERR_TOKEN_INVALID', 'Your session was closed.', {
          nextSteps: ['Run: sluice connect'],
        }),
      }
  }
}
