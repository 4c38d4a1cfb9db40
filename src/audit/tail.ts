// The reader's tail: asks for entries from where it stands, verifies each, and asks again when a live reply ends.
import { SluiceError } from '../base/errors.ts'
import { FollowVerifier } from './verify-follow.ts'
import type { VerifiedEntry } from './verify-follow.ts'

export interface TailOptions {
  /** The log's verifier key and the newest checkpoint note known, as pinned by this reader. */
  readonly vkey: string
  readonly pin?: string | undefined
  readonly all: boolean
  readonly live: boolean
  /** Only entries from this time on (epoch milliseconds). */
  readonly since?: number | undefined
  /** Ends the tail quietly. */
  readonly signal: AbortSignal
  /** Asks the gateway to follow; resolves with the reply's bytes. */
  open(query: URLSearchParams, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /**
   * Asked before each reply but the first, with the pin as it is: the key that has replaced the one known meanwhile, and
   * the checkpoint that proves it; undefined where none has.
   */
  newKey?(pin: string | undefined): Promise<{ readonly vkey: string; readonly pin: string } | undefined>
  /** A checkpoint was found good: pin it. Called for the first of the tail, and whenever it is another. */
  onPin(note: string): void
  /** A live reply broke off, or could not be had again; the next attempt comes after `waitMs`. */
  onLost(error: SluiceError, waitMs: number): void
}

// The end of a token ends a live reply too, every few minutes: that is no loss.
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000

/** Yields verified entries. Throws ERR_LEDGER_INVALID at the first that doesn't verify, and the gateway's refusals. */
export async function* tail(options: TailOptions): AsyncGenerator<VerifiedEntry, void> {
  const { signal, live } = options
  const verifier = new FollowVerifier({
    vkey: options.vkey,
    all: options.all,
    ...(options.pin === undefined ? {} : { pin: options.pin }),
    ...(options.since === undefined ? { from: 0 } : {}),
  })
  let last: number | undefined
  let offered: string | undefined
  let wait = FIRST_WAIT_MS
  let connected = false
  while (!signal.aborted) {
    try {
      const replaced = connected ? await options.newKey?.(verifier.pin) : undefined
      if (replaced) verifier.rekey(replaced.vkey, replaced.pin)
      for await (const line of jsonLines(await options.open(queryOf(options, verifier, last), signal))) {
        wait = FIRST_WAIT_MS
        connected = true
        const entry = verifier.accept(line)
        const pin = verifier.seen
        if (pin !== undefined && pin !== offered) options.onPin((offered = pin))
        if (entry) {
          last = entry.index
          yield entry
        }
      }
      if (!live) return verifier.end()
      await pause(FIRST_WAIT_MS, signal)
    } catch (thrown) {
      if (signal.aborted) return
      const error = lossOf(thrown)
      if (!live || !connected || !error) throw error ?? thrown
      options.onLost(error, wait)
      await pause(wait, signal)
      wait = Math.min(wait * 2, LONGEST_WAIT_MS)
    }
  }
}

function queryOf(options: TailOptions, verifier: FollowVerifier, last: number | undefined): URLSearchParams {
  const query = new URLSearchParams({ pinned: String(verifier.pinned) })
  if (last !== undefined) query.set('after', String(last))
  else if (options.since !== undefined) query.set('since', new Date(options.since).toISOString())
  if (options.all) query.set('all', '1')
  if (options.live) query.set('follow', '1')
  return query
}

/** What a broken connection is told as; undefined for what another attempt would not mend. */
function lossOf(thrown: unknown): SluiceError | undefined {
  if (!(thrown instanceof SluiceError)) {
    return new SluiceError('ERR_GATEWAY_UNREACHABLE', 'The connection to the gateway broke off.', {
      cause: thrown,
    })
  }
  return ['ERR_GATEWAY_UNREACHABLE', 'ERR_GATEWAY_STOPPING'].includes(thrown.code) ? thrown : undefined
}

async function* jsonLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield parse(line)
  }
  if (rest !== '') throw new TypeError('the reply ended within a line')
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new SluiceError(
      'ERR_LEDGER_INVALID',
      'The ledger does not verify: a line of the reply is not JSON.',
    )
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
