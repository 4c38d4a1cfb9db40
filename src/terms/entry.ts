// Entries: the leaves of the ledger. Canonical JSON (RFC 8785) of at most 2,048 bytes each; metadata only, never content.
// docs/entry.schema.json is made of these types (scripts/entry-schema.js); every number is a whole one from 0 on.
import type { ChannelFindings, FindingCounts } from './finding.ts'

/** @pattern ^ex_[0-9A-Za-z]{1,32}$ */
type ExchangeId = string
/** @pattern ^ses_[0-9A-Za-z]{1,32}$ */
type SessionId = string
/**
 * An opaque id: whose it is only the store knows, for as long as that is kept.
 * @pattern ^sub_[0-9A-Za-z]{1,32}$
 */
type SubjectId = string
/** @pattern ^sgn_[0-9A-Za-z]{1,32}$ */
type SignInId = string
/**
 * Of a model that is served, or of a rule, as the configuration has it.
 * @pattern ^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$
 */
type Name = string
/**
 * Of an API, or an operation of it.
 * @pattern ^[a-z][a-z0-9-]{0,47}$
 */
type Word = string
/**
 * An error code of the registry (docs/exit-codes.md).
 * @pattern ^ERR_[A-Z_]{1,40}$
 */
type ErrorCode = string
/**
 * SHA-256, in hex.
 * @pattern ^[0-9a-f]{64}$
 */
type Digest = string
/**
 * A detector or family as the configuration names it, a reason's code, a part's place in the request; or `and 12 more`.
 * @maxLength 250
 */
type Named = string

/**
 * The public half of a ledger's key: `name+hash+key`, as signed notes have it.
 * @pattern ^[!-*,-~]{1,300}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{1,100}$
 */
type VerifierKey = string

/**
 * RFC 3339, UTC, milliseconds.
 * @pattern ^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$
 */
type Time = string
/** @pattern ^key_[0-9A-Za-z]{1,32}$ */
type SealingKeyId = string

/**
 * What people wrote or what was said, encrypted and kept beside the ledger. Where its key is destroyed it is erased, and
 * the entry verifies as before.
 */
interface Sealed {
  /** Of the ciphertext. */
  readonly digest: Digest
  /** The key that opens it. */
  readonly key: SealingKeyId
  /** HMAC-SHA-256 of `commit` by that key: no other opens the ciphertext to something else. */
  readonly commitment: Digest
}

interface EntryBase {
  /** The entry format's version: another one where what stands here means something else. Kinds and fields may be added. */
  readonly v: 1
  readonly time: Time
}

/** Durable before anything of the exchange goes upstream. */
export interface DecisionEntry extends EntryBase {
  readonly kind: 'decision'
  readonly exchange: ExchangeId
  readonly session: SessionId
  readonly subject: SubjectId
  readonly model: Name
  readonly dialect: Word
  readonly operation: Word
  readonly stream: boolean
  readonly effect: 'allow' | 'deny' | 'hold'
  readonly rule: Name
  /** Their codes. */
  readonly reasons?: readonly Named[]
  /** Detectors that ran on the request and will run on the reply; what was passed uninspected is named. */
  readonly inspected: {
    readonly request: readonly Named[]
    readonly reply: readonly Named[]
    readonly not?: readonly Named[]
  }
  /** In the request: of a great many kinds the most frequent, the others counted together as `others`. */
  readonly findings: FindingCounts
  /** The same by channel, where there are any; besides as `structure` what can't be rewritten, and was not masked. */
  readonly channels?: ChannelFindings
  /** The policy in force. */
  readonly policy: Digest
}

/** How it ended; `interrupted`: by the gateway, or with it. */
export type OutcomeStatus = 'completed' | 'denied' | 'failed' | 'cancelled' | 'interrupted'

/** Durable before the last byte of the reply reaches the caller. */
export interface OutcomeEntry extends EntryBase {
  readonly kind: 'outcome'
  readonly exchange: ExchangeId
  readonly session: SessionId
  readonly subject: SubjectId
  readonly model: Name
  readonly status: OutcomeStatus
  /** Why, unless it was completed. */
  readonly error?: ErrorCode
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
  readonly exchange: ExchangeId
  readonly session: SessionId
  readonly subject: SubjectId
  /** Where the request named one that is served; any other name is the caller's own text. */
  readonly model?: Name
  readonly dialect: Word
  readonly operation: Word
  readonly error: ErrorCode
}

/** One `connect` or `run`. A direct caller's session is the life of an access token: it has no entries of its own. */
export interface SessionEntry extends EntryBase {
  readonly kind: 'session-opened' | 'session-closed'
  readonly session: SessionId
  readonly subject: SubjectId
  readonly model: Name
}

/** One login at the gateway, and that its owner ended it. */
export interface SignInEntry extends EntryBase {
  readonly kind: 'signed-in' | 'signed-out'
  readonly signIn: SignInId
  readonly subject: SubjectId
}

/** A sign-in that the gateway ended, with all that descends from it. */
export interface SignInRevokedEntry extends EntryBase {
  readonly kind: 'sign-in-revoked'
  readonly signIn: SignInId
  readonly subject: SubjectId
  /** A code or refresh token that was used up came again, and may be stolen; or the subject was erased. */
  readonly reason: 'token-reused' | 'subject-erased'
}

/** Nobody can tell any more whose the id is; entries keep it. */
export interface SubjectErasedEntry extends EntryBase {
  readonly kind: 'subject-erased'
  readonly subject: SubjectId
  /** Who had it erased. */
  readonly by: SubjectId
}

/** The gateway's own life: so that a gap in the ledger can be told from a gateway that was down. */
export interface GatewayEntry extends EntryBase {
  readonly kind: 'gateway-started' | 'gateway-stopped'
  /**
   * Of the gateway's program.
   * @maxLength 64
   */
  readonly version: string
  readonly policy: Digest
  /** At its start: of the configuration as it was written, without secrets. */
  readonly configuration?: Digest
}

/** Another key signs the ledger from here on; the checkpoint that ends with this entry is signed by both. */
export interface KeyRotatedEntry extends EntryBase {
  readonly kind: 'key-rotated'
  readonly from: VerifierKey
  readonly to: VerifierKey
}

interface ApprovalBase extends EntryBase {
  readonly exchange: ExchangeId
  readonly session: SessionId
  /** Whose request it is. */
  readonly subject: SubjectId
  /** Index of the decision that holds the request. */
  readonly decision: number
}

/** A request that is held waits for reviewers. */
export interface ApprovalRequestedEntry extends ApprovalBase {
  readonly kind: 'approval-requested'
  readonly model: Name
  /** It expires then, where nobody has decided. */
  readonly until: Time
  /** What its caller wrote for the reviewers. */
  readonly text?: Sealed
}

/** A reviewer has let the request go on. */
export interface ApprovalGivenEntry extends ApprovalBase {
  readonly kind: 'approval-given'
  /** The reviewer. */
  readonly by: SubjectId
  /** This request alone, or what is held alike in its session, too. */
  readonly covers: 'exchange' | 'session'
  /** What the reviewer wrote. */
  readonly text?: Sealed
}

/** A reviewer has refused the request. */
export interface ApprovalDeniedEntry extends ApprovalBase {
  readonly kind: 'approval-denied'
  /** The reviewer. */
  readonly by: SubjectId
  /** What the reviewer wrote. */
  readonly text?: Sealed
}

/** Nobody has decided in time. */
export interface ApprovalExpiredEntry extends ApprovalBase {
  readonly kind: 'approval-expired'
}

/** A part of a session's recording is sealed, and will not change any more. */
export interface RecordingSealedEntry extends EntryBase {
  readonly kind: 'recording-sealed'
  readonly session: SessionId
  /** Whose session it is. */
  readonly subject: SubjectId
  /** From 0, without a gap. */
  readonly part: number
  readonly sealed: Sealed
  /** The part is as long as one may be, or was open for as long; or the session has ended, and no part comes after it. */
  readonly reason: 'full' | 'due' | 'ended'
}

interface RecordingBase extends EntryBase {
  readonly session: SessionId
  /** Whose session it is. */
  readonly subject: SubjectId
  /** How many sealed parts there were. */
  readonly parts: number
  /** Of the digests of those parts, 32 bytes each, one behind the other. */
  readonly digest: Digest
}

/** Somebody was shown a recording. */
export interface RecordingViewedEntry extends RecordingBase {
  readonly kind: 'recording-viewed'
  readonly by: SubjectId
  /** It is their own session; to decide on what is held; as an auditor; in an emergency, without the right at other times. */
  readonly reason: 'own' | 'review' | 'audit' | 'emergency'
}

/** A recording's keys are destroyed: nobody can open it any more. */
export interface RecordingErasedEntry extends RecordingBase {
  readonly kind: 'recording-erased'
  /** Who had it erased; nobody, where its time was over. */
  readonly by?: SubjectId
  /** Someone asked for it; who it was is erased, and all of theirs with it; it was kept for as long as it may be. */
  readonly reason: 'requested' | 'subject-erased' | 'retention'
}

/**
 * A tree's root hash, in base64.
 * @pattern ^[A-Za-z0-9+/]{43}=$
 */
type Root = string

/** The store went back, and the ledger goes on from what it holds: later entries are not on record any more. */
export interface LedgerRecoveredEntry extends EntryBase {
  readonly kind: 'ledger-recovered'
  /** So many entries are as they were: the first that was lost had this index. */
  readonly restored: number
  /** The largest checkpoint that is known to have covered what was lost; whoever saw it can hold it up. */
  readonly lost?: { readonly size: number; readonly root: Root }
  readonly reason: 'backup-restored' | 'failed-over' | 'store-damaged'
}

export type Entry =
  | DecisionEntry
  | OutcomeEntry
  | RefusalEntry
  | SessionEntry
  | SignInEntry
  | SignInRevokedEntry
  | SubjectErasedEntry
  | GatewayEntry
  | KeyRotatedEntry
  | ApprovalRequestedEntry
  | ApprovalGivenEntry
  | ApprovalDeniedEntry
  | ApprovalExpiredEntry
  | RecordingSealedEntry
  | RecordingViewedEntry
  | RecordingErasedEntry
  | LedgerRecoveredEntry
