// The entries of an exchange (terms/entry.ts). Keys stand in canonical order, which spares the ledger the sorting.
import type { ErrorCode } from '../base/errors.ts'
import type { Asked, Tokens } from '../dialects/dialect.ts'
import type { Decision, Facts, Needs } from '../terms/decision.ts'
import type { DecisionEntry, OutcomeEntry, OutcomeStatus, RefusalEntry } from '../terms/entry.ts'
import type { ChannelFindings, FindingCounts } from '../terms/finding.ts'
import type { Caller } from '../terms/subject.ts'
import { fitChannels, fitCounts, fitNames, fitParts, fitReasons } from './fit.ts'
import type { ServedModel } from './parts.ts'

/** The exchange that an entry is about. */
export interface Origin {
  readonly exchange: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly now: number
}

/** What the decision entry says, gathered by the pipeline. */
export interface Decided {
  readonly caller: Caller
  readonly model: ServedModel
  readonly asked: Asked
  readonly needs: Needs
  readonly facts: Facts
  readonly decision: Decision
}

/** What is known of the reply when the exchange ends. */
export interface Ending {
  readonly error?: ErrorCode
  readonly upstreamStatus?: number | undefined
  readonly findings?: FindingCounts
  readonly channels?: ChannelFindings
  readonly tokens?: Tokens | undefined
}

/** What is known of an exchange that ends before its decision. */
interface Refused {
  readonly caller: Caller
  readonly dialect: string
  readonly operation: string
  /** The served model that it names, where that much is known. */
  readonly model: string | undefined
  readonly error: ErrorCode
}

export function refusalEntry(
  origin: Origin,
  { caller, dialect, operation, model, error }: Refused,
): RefusalEntry {
  return {
    dialect,
    error,
    exchange: origin.exchange,
    kind: 'refusal',
    ...(model !== undefined && { model }),
    operation,
    session: caller.session,
    subject: caller.subject.id,
    time: new Date(origin.now).toISOString(),
    v: 1,
  }
}

export function decisionEntry(
  origin: Origin,
  { caller, model, asked, needs, facts, decision }: Decided,
  policy: string,
): DecisionEntry {
  const not = fitParts([...facts.opaque.request, ...facts.opaque.reply])
  const [request, reply] = [fitNames(needs.mask.request), fitNames(needs.mask.reply)]
  const channels = fitChannels({ ...facts.channels, structure: facts.structure })
  return {
    ...(channels && { channels }),
    dialect: facts.dialect,
    effect: decision.effect,
    exchange: origin.exchange,
    findings: fitCounts(facts.findings),
    inspected: not.length > 0 ? { not, reply, request } : { reply, request },
    kind: 'decision',
    model: model.name,
    operation: facts.operation,
    policy,
    ...(decision.reasons.length > 0 && { reasons: fitReasons(decision.reasons.map(({ code }) => code)) }),
    rule: decision.rule,
    session: caller.session,
    stream: asked.stream,
    subject: caller.subject.id,
    time: new Date(origin.now).toISOString(),
    v: 1,
  }
}

export function outcomeEntry(
  { exchange, startedAt, now }: Origin,
  { caller, model }: Decided,
  status: OutcomeStatus,
  { error, findings = {}, channels = {}, tokens, upstreamStatus }: Ending,
): OutcomeEntry {
  const fitted = fitChannels(channels)
  return {
    ...(fitted && { channels: fitted }),
    durationMs: Math.max(0, now - startedAt),
    ...(error !== undefined && { error }),
    exchange,
    findings: fitCounts(findings),
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
