// Entries: the leaves of the ledger. Canonical JSON (RFC 8785) of at most 2,048 bytes each; metadata only, never content.
import type { ChannelFindings, FindingCounts } from './finding.ts'

interface EntryBase {
  /** The entry format's version. */
  readonly v: 1
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string
}

/** Durable before anything of the exchange goes upstream. */
export interface DecisionEntry extends EntryBase {
  readonly kind: 'decision'
  readonly exchange: string
  readonly session: string
  readonly subject: string
  readonly model: string
  readonly dialect: string
  readonly operation: string
  readonly stream: boolean
  readonly effect: 'allow' | 'deny' | 'hold'
  readonly rule: string
  readonly reasons?: readonly string[]
  /** Detectors that ran on the request and will run on the reply; what was passed uninspected is named. */
  readonly inspected: {
    readonly request: readonly string[]
    readonly reply: readonly string[]
    readonly not?: readonly string[]
  }
  /** In the request: of a great many kinds the most frequent, the others counted together as `others`. */
  readonly findings: FindingCounts
  /** The same by channel, where there are any; besides as `structure` what can't be rewritten, and was not masked. */
  readonly channels?: ChannelFindings
  /** SHA-256 (hex) of the policy in force. */
  readonly policy: string
}

export type OutcomeStatus = 'completed' | 'denied' | 'failed' | 'cancelled' | 'interrupted'

/** Durable before the last byte of the reply reaches the caller. */
export interface OutcomeEntry extends EntryBase {
  readonly kind: 'outcome'
  readonly exchange: string
  readonly session: string
  readonly subject: string
  readonly model: string
  readonly status: OutcomeStatus
  /** An error code of the registry, where the status is denied or failed. */
  readonly error?: string
  readonly upstreamStatus?: number
  /** Findings in the reply, as above. */
  readonly findings: FindingCounts
  readonly channels?: ChannelFindings
  readonly tokens?: { readonly input?: number; readonly output?: number }
  readonly durationMs: number
}

/** A caller who is known, and a request that failed before it could be decided: nothing of it went upstream. */
export interface RefusalEntry extends EntryBase {
  readonly kind: 'refusal'
  readonly exchange: string
  readonly session: string
  readonly subject: string
  /** Where the request named one that is served; any other name is the caller's own text. */
  readonly model?: string
  readonly dialect: string
  readonly operation: string
  /** An error code of the registry. */
  readonly error: string
}

export interface SessionEntry extends EntryBase {
  readonly kind: 'session-opened' | 'session-closed'
  readonly session: string
  readonly subject: string
  readonly model: string
}

export interface SignInEntry extends EntryBase {
  readonly kind: 'signed-in' | 'signed-out'
  readonly signIn: string
  readonly subject: string
}

/** The gateway's own life: so that a gap in the ledger can be told from a gateway that was down. */
export interface GatewayEntry extends EntryBase {
  readonly kind: 'gateway-started' | 'gateway-stopped'
  readonly version: string
  readonly policy: string
}

export type Entry = DecisionEntry | OutcomeEntry | RefusalEntry | SessionEntry | SignInEntry | GatewayEntry
