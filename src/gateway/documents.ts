// The documents port: JSON documents of any size, read, inspected and encoded without holding up the event loop.
import type { Asked, CallerHeaders, Tokens } from '../dialects/dialect.ts'
import type { ChannelFindings, FindingCounts } from '../terms/finding.ts'
import type { Blocks } from './blocks.ts'

/**
 * Takes the bytes that it is given. Rejects with SluiceErrors alone (of what is malformed: ERR_REQUEST_INVALID, or
 * ERR_UPSTREAM_INVALID; whatever goes wrong besides: ERR_MASKING_FAILED or ERR_NOT_INSPECTABLE), and with the signal's
 * reason once it aborts. Equal documents give equal results, whoever reads them.
 */
export interface Documents {
  request(api: Api, headers: CallerHeaders, bytes: Blocks, until: Lifetime): Promise<RequestDocument>
  /** `detectors`: the ones of the reply direction; where there are any, what can't be inspected or rewritten rejects. */
  reply(api: Api, bytes: Blocks, detectors: readonly string[], until: Lifetime): Promise<ReplyDocument>
}

/** The call that a document belongs to, as its dialect tells calls apart. */
export interface Api {
  readonly dialect: string
  readonly method: string
  readonly path: string
}

/** The exchange that a document is read for. */
export interface Lifetime {
  /** Aborts where nobody wants the answer any more. */
  readonly signal: AbortSignal
  /** Calls back once it is over, however it ended. */
  whenOver(release: () => void): void
}

export interface RequestDocument {
  readonly asked: Asked
  /** Masks and encodes; at most once. `upstreamModel` is the name that the model server knows, where it is another. */
  inspect(detectors: readonly string[], upstreamModel: string | undefined): Promise<ScannedRequest>
}

export interface ScannedRequest {
  readonly findings: FindingCounts
  readonly channels: ChannelFindings
  /** Findings in what can't be rewritten: ids, roles, names, keys, numbers. */
  readonly structure: FindingCounts
  /** What the masker could not look into, in its own words. */
  readonly opaque: readonly string[]
  /** The body to send on; at most once, after which it is no longer held here. */
  takeBody(): string | Uint8Array
}

export interface ReplyDocument {
  readonly findings: FindingCounts
  readonly channels: ChannelFindings
  readonly tokens: Tokens | undefined
  readonly body: Uint8Array
}
