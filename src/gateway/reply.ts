// Hands a reply to the caller, streamed or whole: masked as it leaves, its outcome durable before its last byte.
import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { SluiceError } from '../base/errors.ts'
import type { Asked } from '../dialects/dialect.ts'
import type { Facts } from '../terms/decision.ts'
import { Blocks } from './blocks.ts'
import { stalled, type Exchange } from './exchange.ts'
import type { GatewayParts } from './parts.ts'
import { apiOf, type Call } from './call.ts'
import { maskerFor } from './masking.ts'
import { Release } from './release.ts'
import type { UpstreamReply } from './upstream.ts'

export interface ReplyCall extends Call {
  readonly asked: Asked
  readonly reply: UpstreamReply
  /** The ones of the reply direction; none where policy masks nothing there. */
  readonly detectors: readonly string[]
}

export async function releaseReply(parts: GatewayParts, call: ReplyCall): Promise<void> {
  if (call.reply.contentType === call.dialect.framing.type) await releaseStream(parts, call)
  else await releaseWhole(parts, call)
}

async function releaseStream(parts: GatewayParts, call: ReplyCall): Promise<void> {
  const { dialect, operation, exchange, reply, response } = call
  const masker = maskerFor(parts.maskerFor, call.detectors)
  const release = new Release(dialect.framing, operation.events(call.asked), masker, parts.limits.held)
  exchange.ending = {
    upstreamStatus: reply.status,
    get findings() {
      return release.findings
    },
    get channels() {
      return release.channels
    },
    get tokens() {
      return release.tokens
    },
  }
  begin(response, dialect.framing.type)
  response.flushHeaders()
  const terminal = await pump(call, release, parts.limits.stallMs)
  reply.discard()
  await exchange.conclude('completed')
  end(response, exchange, terminal)
  boundUnread(response, parts.limits.stallMs)
}

/** Lets events through until the one that ends the stream, which it returns. A failure ends the generation, too. */
async function pump(
  { exchange, reply, response }: ReplyCall,
  release: Release,
  stallMs: number,
): Promise<Buffer> {
  const chunks = reply.body[Symbol.asyncIterator]()
  // A turn of the event loop may bring many chunks: the time that they take in all is what counts.
  let spent = 0
  try {
    while (!release.terminal) {
      const { done, value } = await chunks.next()
      const begun = performance.now()
      const pieces = done ? release.end() : release.push(value)
      spent += performance.now() - begun
      await write(response, pieces, exchange, stallMs)
      if (spent > TURN_MS) {
        await turn()
        spent = 0
      }
      while (release.isBehind) {
        await turn()
        await write(response, release.goOn(), exchange, stallMs)
      }
      if (done && !release.terminal) {
        throw new SluiceError('ERR_UPSTREAM_FAILED', 'The model server broke off in the middle of its reply.')
      }
    }
    return release.terminal
  } catch (thrown) {
    await chunks.return?.()
    throw thrown
  }
}

const TURN_MS = 5
/** What is written in one turn of the event loop: TLS encrypts all of it at once. */
const AT_ONCE = 2 ** 18

async function releaseWhole(parts: GatewayParts, call: ReplyCall): Promise<void> {
  const { exchange, reply, response } = call
  const bytes = await gather(reply, parts.limits.reply)
  const { findings, channels, tokens, body } = await parts.documents.reply(
    apiOf(call),
    bytes,
    call.detectors,
    exchange,
  )
  exchange.ending = { upstreamStatus: reply.status, findings, channels, tokens }
  await exchange.conclude('completed')
  begin(response, 'application/json')
  let sent = 0
  for (; body.length - sent > AT_ONCE; sent += AT_ONCE) {
    response.write(body.subarray(sent, sent + AT_ONCE))
    await turn()
  }
  end(response, exchange, body.subarray(sent))
  boundUnread(response, parts.limits.stallMs)
}

function begin(response: ServerResponse, type: string): void {
  response.statusCode = 200
  response.setHeader('content-type', type)
  response.setHeader('cache-control', 'no-store')
  announceOutcome(response)
}

/** Tells in the reply's head what is on record: a caller who goes away before the end gets no trailer. */
export function announceDecision(
  response: ServerResponse,
  exchange: Exchange,
  entry: number,
  facts: Facts,
): void {
  announceEntry(response, exchange, entry)
  if (Object.keys(facts.findings).length > 0)
    response.setHeader('sluice-masked', JSON.stringify(facts.findings))
}

export function announceEntry(response: ServerResponse, exchange: Exchange, entry: number): void {
  response.setHeader('sluice-exchange', exchange.id)
  response.setHeader('sluice-entry', entry)
}

/** Promises the trailer, where the caller's HTTP has trailers: 1.0 does not, and some proxies still speak it. */
export function announceOutcome(response: ServerResponse): void {
  if (response.useChunkedEncodingByDefault) response.setHeader('trailer', 'sluice-outcome')
}

/** Ends a reply whose outcome is durable; the trailer tells the tunnel what it was. */
export function end(response: ServerResponse, exchange: Exchange, last: Uint8Array): void {
  if (exchange.summary !== undefined) response.addTrailers({ 'sluice-outcome': exchange.summary })
  response.end(last)
}

/** Resets the connection where nothing of an ended reply is read for so long. */
function boundUnread(response: ServerResponse, stallMs: number): void {
  const { socket } = response
  if (!socket || response.writableFinished) return
  socket.setTimeout(stallMs)
  // Before HTTP's own listener, which sets how long the connection may then be idle.
  response.prependOnceListener('finish', () => socket.setTimeout(0))
}

/** Writes, and waits while the caller does not read, for so long; so nobody reads from the model server meanwhile. */
async function write(
  response: ServerResponse,
  pieces: readonly Buffer[],
  exchange: Exchange,
  stallMs: number,
): Promise<void> {
  exchange.signal.throwIfAborted()
  if (pieces.length === 0) return
  // In one piece, not corked: node:http says of a corked write that it is full, and then may never say that it drained.
  if (response.write(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces))) return
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => exchange.abort(stalled()), stallMs)
    const settle = (): void => {
      clearTimeout(timer)
      response.off('drain', settle)
      exchange.signal.removeEventListener('abort', settle)
      if (exchange.signal.aborted) reject(exchange.signal.reason as Error)
      else resolve()
    }
    response.on('drain', settle)
    exchange.signal.addEventListener('abort', settle)
  })
}

async function gather(reply: UpstreamReply, limit: number): Promise<Blocks> {
  const bytes = new Blocks()
  for await (const chunk of reply.body) {
    bytes.add(chunk)
    if (bytes.size > limit)
      throw new SluiceError('ERR_UPSTREAM_INVALID', `The model server's reply is larger than ${limit} bytes.`)
  }
  return bytes
}
