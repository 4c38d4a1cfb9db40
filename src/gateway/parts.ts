// What the gateway is made of: the ports and pure parts that assembly/ hands to it.
import type { IncomingMessage } from 'node:http'
import type { Logger } from 'pino'
import type { EntryLog } from '../audit/log.ts'
import type { Clock } from '../base/clock.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Policy } from '../policy/policy.ts'
import type { Caller } from '../terms/subject.ts'
import type { BodyBudget } from './body-budget.ts'
import type { Documents } from './documents.ts'
import type { MaskerFor } from './masking.ts'
import type { Metrics } from './metrics.ts'
import type { Upstream } from './upstream.ts'

/** A model that the gateway serves. */
export interface ServedModel {
  readonly name: string
  /** The APIs that its server speaks. */
  readonly dialects: readonly Dialect[]
  /** The name that the model server knows, where it is another. */
  readonly upstreamModel?: string | undefined
  /** How many tokens it takes, for tools that ask. */
  readonly contextLength?: number | undefined
}

export interface GatewayParts {
  readonly version: string
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** The caller of a request's bearer token. Rejects with ERR_TOKEN_INVALID, or ERR_RATE_LIMITED after a burst of those. */
  authenticate(request: IncomingMessage): Promise<Caller>
  /** Calls back with the id of a sign-in or a session that ends before its time. Returns how to stop. */
  onRevoked(listener: (id: string) => void): () => void
  readonly policy: Policy
  /** SHA-256 (hex) of the policy in force. */
  readonly policyDigest: string
  /** For what streams; whole documents are masked where they are read. */
  readonly maskerFor: MaskerFor
  readonly documents: Documents
  readonly bodies: BodyBudget
  readonly models: ReadonlyMap<string, ServedModel>
  readonly ledger: EntryLog
  readonly upstream: Upstream
  readonly limits: Limits
}

export interface Limits {
  /** Largest request body, decoded, in bytes. */
  readonly body: number
  /** Largest whole reply, and the most that a stream may hold back, in bytes. */
  readonly reply: number
  readonly held: number
  /** How long a caller may take to send a request, and to read on in a reply, in milliseconds. */
  readonly receiveMs: number
  readonly stallMs: number
  /** The most connections at once. */
  readonly connections: number
}
