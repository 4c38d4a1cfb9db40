// A request's body, read as it is sent, and kept while it is small, so that it can be sent again from its start.
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

const KEPT_BYTES = 1_048_576

export interface KeptBody {
  /** Whether it can be opened now: always at first, and later while all that was read is kept. */
  readonly isWhole: boolean
  /** The body from its start. The one that was opened before gets no more of it. */
  open(): Readable
}

/** The body, or undefined where the request has none. */
export function keptBody(request: IncomingMessage, keptBytes = KEPT_BYTES): KeptBody | undefined {
  const { 'transfer-encoding': coding, 'content-length': length = 0 } = request.headers
  if (coding === undefined && !(Number(length) > 0)) return undefined

  // Through an iterator that leaves the request standing: were it destroyed when the gateway replies early, the
  // caller's connection would go with it, and the reply too.
  const source: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false })
  let kept: Buffer[] = []
  let bytes = 0
  let ended = false
  let reading: Promise<void> | undefined
  let opened = 0

  function read(): Promise<void> {
    reading ??= source
      .next()
      .then(({ done, value }: IteratorResult<Buffer, unknown>) => {
        if (done) ended = true
        else {
          bytes += value.length
          kept.push(value)
        }
      })
      .finally(() => (reading = undefined))
    return reading
  }

  async function* chunks(turn: number): AsyncGenerator<Buffer, void> {
    let next = 0
    while (turn === opened) {
      const chunk = kept[next]
      if (chunk) {
        next++
        if (bytes > keptBytes) {
          kept = kept.slice(next)
          next = 0
        }
        yield chunk
      } else if (ended) return
      else await read()
    }
  }

  return {
    get isWhole() {
      return bytes <= keptBytes
    },
    open: () => Readable.from(chunks(++opened), { objectMode: false }),
  }
}
