// A large body goes out in slices, as fast as the model server takes them: TLS would encrypt all of it in one go.
import { Readable } from 'node:stream'

const SLICE = 2 ** 18

interface Sendable {
  readonly body: string | Uint8Array | Readable
  /** What its length is to be told by, where the body itself can't say. */
  readonly headers: Readonly<Record<string, string>>
}

export function inSlices(body: string | Uint8Array): Sendable {
  if (typeof body === 'string' || body.length <= SLICE) return { body, headers: {} }
  return {
    body: Readable.from(slicesOf(body), { objectMode: false }),
    headers: { 'content-length': String(body.length) },
  }
}

function* slicesOf(body: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += SLICE) yield body.subarray(at, at + SLICE)
}
