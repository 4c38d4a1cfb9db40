// How long one exchange with a model server may take; what is over ends in the registry's words.
import { SluiceError } from '../../base/errors.ts'

/** In milliseconds. */
export interface UpstreamTimes {
  /** To connect, TLS included. */
  readonly connect: number
  /** From sending the request to the head of the reply. */
  readonly firstByte: number
  /** Without a byte in the middle of a reply; while its caller doesn't read, nobody counts. */
  readonly silence: number
  /** From sending the request to the end of the reply, however steadily it comes. */
  readonly total: number
}

/** A model may think for minutes, and OpenAI's clients wait for ten. */
export const USUAL_TIMES: UpstreamTimes = {
  connect: 10_000,
  firstByte: 600_000,
  silence: 300_000,
  total: 3_600_000,
}

/** Ends the exchange, by its `signal`, with the caller's own or when a time is over. `clear` it when the exchange has ended. */
export class Deadlines {
  private readonly controller = new AbortController()
  private readonly caller: AbortSignal
  private readonly follow = (): void => this.controller.abort(this.caller.reason)
  private readonly total: NodeJS.Timeout
  private first: NodeJS.Timeout | undefined

  constructor(caller: AbortSignal, times: UpstreamTimes) {
    this.caller = caller
    if (caller.aborted) this.follow()
    else caller.addEventListener('abort', this.follow)
    this.first = setTimeout(() => this.end(unansweredFor(times.firstByte)), times.firstByte)
    this.total = setTimeout(() => this.end(neverEnding(times.total)), times.total)
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** The head of the reply has come. */
  begun(): void {
    clearTimeout(this.first)
    this.first = undefined
  }

  end(why: SluiceError): void {
    this.controller.abort(why)
  }

  clear(): void {
    this.begun()
    clearTimeout(this.total)
    this.caller.removeEventListener('abort', this.follow)
  }
}

function unansweredFor(ms: number): SluiceError {
  return new SluiceError('ERR_UPSTREAM_FAILED', `The model server did not answer in time (${spoken(ms)}).`, {
    nextSteps: [
      "Ask for less, or for a stream; the gateway's operator can set limits.upstream_first_byte higher.",
    ],
  })
}

/** Nothing came for so long in the middle of a reply. */
export function silentFor(ms: number, cause: unknown): SluiceError {
  return new SluiceError(
    'ERR_UPSTREAM_FAILED',
    `The model server fell silent for ${spoken(ms)} in the middle of its reply.`,
    {
      nextSteps: ["Ask again; the gateway's operator can set limits.upstream_silence higher."],
      cause,
    },
  )
}

function neverEnding(ms: number): SluiceError {
  return new SluiceError(
    'ERR_UPSTREAM_FAILED',
    `The model server's reply did not end within ${spoken(ms)} of the request.`,
    { nextSteps: ["Ask for less; the gateway's operator can set limits.upstream_total higher."] },
  )
}

function spoken(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000} min`
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`
}
