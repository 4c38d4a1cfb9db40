// The upstream port: one model server, reached with the gateway's own credentials.

export interface UpstreamCall {
  /** The model's name in the gateway's configuration. */
  readonly model: string
  /** The exchange's id, sent along: by it the model server's own log can be held against the ledger. */
  readonly exchange: string
  /** Below the model's upstream URL, such as `/chat/completions`. */
  readonly path: string
  /** The path stands beside the `/v1` that the URL ends with, not below it. */
  readonly beside?: boolean | undefined
  /** Headers of the caller that the API needs, inspected. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** Aborting it ends the generation at once: the connection or stream is closed. */
  readonly signal: AbortSignal
}

export interface UpstreamReply {
  readonly status: number
  /** Lower case, without parameters; empty where there was none. */
  readonly contentType: string
  /** Codings that were not asked for, of the content or the transfer; empty where there is none. */
  readonly contentEncoding: string
  readonly retryAfter: string | undefined
  /** Read it whole or call `discard`. Pauses the model server while nobody reads. Throws ERR_UPSTREAM_FAILED where it breaks off. */
  readonly body: AsyncIterable<Buffer>
  discard(): void
}

export interface Upstream {
  /**
   * Sends one request; resolves with the head of the reply. Never follows redirects, never retries, never sends a
   * header of the caller. Throws ERR_UPSTREAM_UNREACHABLE where nothing was sent, ERR_UPSTREAM_FAILED after that.
   */
  send(call: UpstreamCall): Promise<UpstreamReply>
  close(): Promise<void>
}
