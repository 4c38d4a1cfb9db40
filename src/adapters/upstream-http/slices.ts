// A body on its way out. undici keeps what it was given until the reply has ended, which may be in an hour.
import type { Readable } from 'node:stream'

const SLICE = 2 ** 18
/** Up to here a copy that is kept costs less than letting go. */
const SMALL = 4_096

interface Sendable {
  /** undici takes anything that can be iterated, though its types say less. */
  readonly body: Buffer | Readable
  /** What its length is told by, where the body itself can't say. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * All but a small body is let go of as it goes out, and a large one goes in slices, as fast as the model server takes
 * them: TLS would encrypt all of it in one go.
 */
export function inSlices(body: string | Uint8Array): Sendable {
  const bytes = typeof body === 'string' ? bytesOf(body) : body
  const headers = { 'content-length': String(bytes.length) }
  if (bytes.length <= SMALL)
    return { body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), headers }
  return { body: new Slices(bytes) as unknown as Readable, headers }
}

// Not from Node's pool: one small body that is kept would keep all that shares its block.
function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}

class Slices implements Iterator<Uint8Array, undefined> {
  private bytes: Uint8Array | undefined

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  next(): IteratorResult<Uint8Array, undefined> {
    const { bytes } = this
    if (!bytes) return { done: true, value: undefined }
    this.bytes = bytes.length > SLICE ? bytes.subarray(SLICE) : undefined
    return { done: false, value: bytes.subarray(0, SLICE) }
  }

  [Symbol.iterator](): this {
    return this
  }
}
