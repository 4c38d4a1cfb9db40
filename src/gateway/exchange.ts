// One request and its reply: its abort, its entries in the ledger, and the promise that each has exactly one outcome.
import type { ServerResponse } from 'node:http'
import { SluiceError, type ErrorCode } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import type { OutcomeEntry, OutcomeStatus } from '../terms/entry.ts'
import type { Caller } from '../terms/subject.ts'
import {
  decisionEntry,
  outcomeEntry,
  refusalEntry,
  type Decided,
  type Ending,
  type Origin,
} from './entries.ts'
import type { Call } from './call.ts'
import type { GatewayParts } from './parts.ts'

export type AbortCause = 'caller' | 'shutdown' | 'revoked' | 'closed'

export class Exchange {
  readonly id = newId('ex')
  readonly startedAt: number
  /** The reply's findings, tokens and status so far, kept here so that a failure is recorded with them. */
  ending: Ending = {}
  abortCause: AbortCause | SluiceError | undefined
  /** The outcome as callers learn of it: the trailer's JSON. */
  summary: string | undefined

  private readonly parts: GatewayParts
  private readonly controller = new AbortController()
  private caller: Caller | undefined
  private named: string | undefined
  private readonly endedMeanwhile = new Set<string>()
  private decided: Decided | undefined
  private concluded = false
  private releases: (() => void)[] = []

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

  get isDecided(): boolean {
    return this.decided !== undefined
  }

  /** The served model that the request names; empty while none is known. */
  get model(): string {
    return this.named ?? ''
  }

  abort(cause: AbortCause | SluiceError): void {
    if (this.controller.signal.aborted) return
    this.abortCause = cause
    this.controller.abort()
  }

  /** Calls back once the exchange is over, however it ended. */
  whenOver(release: () => void): void {
    this.releases.push(release)
  }

  /** Nothing more is done for it. */
  over(): void {
    for (const release of this.releases.splice(0)) release()
  }

  /** Told of every sign-in and session that ends before its time: the exchange's own aborts it. */
  credentialEnded(id: string): void {
    // While its caller is looked up nobody knows whose it is.
    if (!this.caller) this.endedMeanwhile.add(id)
    else if (id === this.caller.signIn) this.abort('revoked')
    else if (id === this.caller.session) this.abort('closed')
  }

  /** Whose it is: from here on an end before the decision is on record, too. Throws where the exchange is aborted already. */
  identified(caller: Caller): void {
    this.caller = caller
    for (const id of this.endedMeanwhile) this.credentialEnded(id)
    this.signal.throwIfAborted()
  }

  /** The model that the request names. A name that is not served is the caller's own text, and is forgotten. */
  names(model: string): void {
    if (this.parts.models.has(model)) this.named = model
  }

  /**
   * Makes it durable that the exchange ended before its decision. Returns the entry's index; undefined where nobody
   * knows whose it is, or where a decision could not be written: its fate is unknown.
   */
  async refuse(
    { dialect, operation }: Pick<Call, 'dialect' | 'operation'>,
    error: ErrorCode,
  ): Promise<number | undefined> {
    if (!this.caller || this.decided || error === 'ERR_LEDGER_UNAVAILABLE') return undefined
    const entry = refusalEntry(this.origin, {
      caller: this.caller,
      dialect: dialect.name,
      operation: operation.name,
      model: this.named,
      error,
    })
    const [index] = await this.parts.ledger.append([entry])
    return index
  }

  /** Makes the decision durable; a denial together with its outcome. Returns the decision entry's index. */
  async decide(decided: Decided): Promise<number> {
    const entry = decisionEntry(this.origin, decided, this.parts.policyDigest)
    if (decided.decision.effect !== 'deny') {
      const [index] = await this.parts.ledger.append([entry])
      this.decided = decided
      return index as number
    }
    const outcome = outcomeEntry(this.origin, decided, 'denied', { error: 'ERR_POLICY_DENIED' })
    const [index, last] = await this.parts.ledger.append([entry, outcome])
    this.decided = decided
    this.conclusion(decided, outcome, last as number, {})
    return index as number
  }

  /** Makes the outcome durable. Every exchange that was decided is concluded exactly once. */
  async conclude(status: OutcomeStatus, ending: Ending = this.ending): Promise<void> {
    if (!this.decided || this.concluded) return
    this.concluded = true
    const outcome = outcomeEntry(this.origin, this.decided, status, ending)
    const [index] = await this.parts.ledger.append([outcome])
    this.conclusion(this.decided, outcome, index as number, ending)
  }

  private conclusion(decided: Decided, outcome: OutcomeEntry, index: number, ending: Ending): void {
    this.concluded = true
    const { status, error, tokens } = outcome
    const { findings = {} } = ending
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

  private get origin(): Origin {
    return { exchange: this.id, startedAt: this.startedAt, now: this.parts.clock.now() }
  }
}

/** Follows the caller: when the request does not come whole in time, or the connection goes before the reply is out, the exchange is aborted. */
export function abortWhenCallerFails(exchange: Exchange, response: ServerResponse, receiveMs: number): void {
  const { req } = response
  const timer = setTimeout(() => req.complete || exchange.abort(tooSlow()), receiveMs)
  req.once('end', () => clearTimeout(timer))
  response.once('close', () => {
    clearTimeout(timer)
    if (!response.writableFinished) exchange.abort('caller')
  })
}

/** The request took too long. */
export function tooSlow(): SluiceError {
  return new SluiceError('ERR_CALLER_TOO_SLOW', 'The request did not come whole in time.', {
    nextSteps: ["Send it again, faster; the gateway's operator sets limits.receive."],
  })
}

/** The reply was left unread for too long. */
export function stalled(): SluiceError {
  return new SluiceError('ERR_CALLER_TOO_SLOW', 'The reply was not read on for too long.', {
    nextSteps: ["Ask again, and read; the gateway's operator sets limits.stall."],
  })
}

/** Why an aborted exchange ended, as an outcome and as an error for a caller who is still there. */
export function abortOutcome(cause: AbortCause | SluiceError): { status: OutcomeStatus; error: SluiceError } {
  if (cause instanceof SluiceError) return { status: 'interrupted', error: cause }
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
