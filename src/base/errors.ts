// One error class and one registry of codes: what a person, a script or a model client is told when something fails.

/**
 * Every failure that a user can meet. `status` is the HTTP status at the gateway, `exit` the exit code of the CLI
 * (docs/exit-codes.md). Messages say what happened and where; `nextSteps` what to do. Neither ever holds a secret,
 * a token, or text of a prompt or reply.
 */
export const ERRORS = {
  ERR_USAGE: { status: 400, exit: 2 },
  ERR_CONFIG: { status: 500, exit: 3 },
  ERR_NOT_SIGNED_IN: { status: 401, exit: 4 },
  ERR_SIGN_IN_EXPIRED: { status: 401, exit: 4 },
  ERR_SIGN_IN_REFUSED: { status: 403, exit: 4 },
  ERR_TOKEN_INVALID: { status: 401, exit: 4 },
  ERR_FORBIDDEN: { status: 403, exit: 5 },
  ERR_POLICY_DENIED: { status: 403, exit: 5 },
  ERR_NOT_INSPECTABLE: { status: 400, exit: 5 },
  ERR_MODEL_UNKNOWN: { status: 404, exit: 6 },
  ERR_NOT_FOUND: { status: 404, exit: 6 },
  ERR_REQUEST_INVALID: { status: 400, exit: 2 },
  ERR_REQUEST_TOO_LARGE: { status: 413, exit: 2 },
  ERR_ENCODING_UNSUPPORTED: { status: 415, exit: 2 },
  ERR_RATE_LIMITED: { status: 429, exit: 75 },
  ERR_ORIGIN_REFUSED: { status: 403, exit: 5 },
  ERR_TUNNEL_KEY: { status: 401, exit: 5 },
  ERR_CALLER_TOO_SLOW: { status: 408, exit: 75 },
  ERR_CANCELLED: { status: 499, exit: 130 },
  ERR_GATEWAY_UNREACHABLE: { status: 502, exit: 69 },
  ERR_GATEWAY_BUSY: { status: 503, exit: 75 },
  ERR_GATEWAY_STOPPING: { status: 503, exit: 69 },
  ERR_UPSTREAM_UNREACHABLE: { status: 502, exit: 69 },
  ERR_UPSTREAM_FAILED: { status: 502, exit: 69 },
  ERR_UPSTREAM_REFUSED: { status: 400, exit: 69 },
  ERR_UPSTREAM_BUSY: { status: 429, exit: 75 },
  ERR_UPSTREAM_INVALID: { status: 502, exit: 69 },
  ERR_MASKING_FAILED: { status: 500, exit: 70 },
  ERR_LEDGER_UNAVAILABLE: { status: 503, exit: 74 },
  ERR_LEDGER_INVALID: { status: 500, exit: 10 },
  ERR_LEDGER_UNANCHORED: { status: 500, exit: 11 },
  ERR_LEDGER_RECOVERED: { status: 500, exit: 12 },
  ERR_KEYCHAIN: { status: 500, exit: 77 },
  ERR_PORT_IN_USE: { status: 500, exit: 73 },
  ERR_STORE: { status: 500, exit: 74 },
  ERR_CLOCK: { status: 500, exit: 71 },
  ERR_OUTPUT: { status: 500, exit: 74 },
  ERR_INTERNAL: { status: 500, exit: 70 },
} as const satisfies Record<string, { status: number; exit: number }>

export type ErrorCode = keyof typeof ERRORS

export interface SluiceErrorOptions {
  /** What to do next, one imperative line each. */
  readonly nextSteps?: readonly string[]
  readonly cause?: unknown
  /** What --json tells besides, for programs: never a secret either. */
  readonly details?: { readonly [name: string]: string | number | boolean }
  /** Overrides the registry's HTTP status, where the caller's dialect wants another. */
  readonly status?: number
  /** Overrides the registry's exit code, where another program's convention holds. */
  readonly exit?: number
}

export class SluiceError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly exit: number
  readonly nextSteps: readonly string[]
  readonly details: NonNullable<SluiceErrorOptions['details']>

  constructor(code: ErrorCode, message: string, options: SluiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SluiceError'
    this.code = code
    this.status = options.status ?? ERRORS[code].status
    this.exit = options.exit ?? ERRORS[code].exit
    this.nextSteps = options.nextSteps ?? []
    this.details = options.details ?? {}
  }
}

/** Any thrown value as a SluiceError; what is not one already becomes ERR_INTERNAL, whose message tells nothing of it. */
export function asSluiceError(thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  return new SluiceError('ERR_INTERNAL', 'Something went wrong inside sluice.', { cause: thrown })
}
