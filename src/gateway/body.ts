// A request's body: whole, decoded, valid UTF-8, and never larger than the bound.
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { SluiceError } from '../base/errors.ts'

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
])

/**
 * Reads a JSON request body of at most `limit` bytes, decoded. Throws ERR_REQUEST_INVALID, _TOO_LARGE or
 * ERR_ENCODING_UNSUPPORTED, and the signal's reason once it aborts; what was not read then is still to be let go.
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  signal?: AbortSignal,
): Promise<string> {
  requireJson(request.headers['content-type'] ?? '')
  if (Number(request.headers['content-length']) > limit) throw tooLarge(limit)
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const bytes =
    coding === 'identity'
      ? await gather(request, limit, signal)
      : await decode(request, coding, limit, signal)
  if (!isUtf8(bytes)) throw new SluiceError('ERR_REQUEST_INVALID', 'The request body is not valid UTF-8.')
  return bytes.toString('utf8')
}

// A text in another charset would be looked at as something that its reader does not see.
function requireJson(contentType: string): void {
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  if (type !== 'application/json') {
    throw new SluiceError('ERR_ENCODING_UNSUPPORTED', 'The content type must be application/json.')
  }
  for (const parameter of parameters) {
    if (!/^charset\b/.test(parameter) || /^charset\s*=\s*(utf-?8|"utf-?8")$/.test(parameter)) continue
    throw new SluiceError('ERR_ENCODING_UNSUPPORTED', 'The charset must be utf-8.')
  }
}

async function decode(
  request: IncomingMessage,
  coding: string,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const decoder = DECODERS.get(coding)?.()
  if (!decoder) {
    throw new SluiceError('ERR_ENCODING_UNSUPPORTED', 'This content encoding is not supported.', {
      nextSteps: [`Send the body as it is, or as one of: ${[...DECODERS.keys()].join(', ')}.`],
    })
  }
  request.on('error', (error) => decoder.destroy(error))
  request.on('close', () => {
    if (!request.complete) decoder.destroy(new Error('the request ended early'))
  })
  try {
    return await gather(request.pipe(decoder), limit, signal)
  } catch (cause) {
    if (cause instanceof SluiceError || signal?.aborted) throw cause
    throw new SluiceError('ERR_REQUEST_INVALID', `The request body is not valid ${coding}, or ended early.`, {
      cause,
    })
  } finally {
    request.unpipe(decoder)
    decoder.destroy()
  }
}

function gather(source: Readable, limit: number, signal: AbortSignal | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer): void => {
      size += chunk.length
      if (size > limit) stop(tooLarge(limit))
      else chunks.push(chunk)
    }
    const stop = (why: unknown): void => {
      source.off('data', take)
      source.pause()
      reject(why as Error)
    }
    source.on('data', take)
    source.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    source.once('error', reject)
    source.once('close', () => {
      if (!source.readableEnded)
        reject(new SluiceError('ERR_REQUEST_INVALID', 'The request body ended early.'))
    })
    signal?.addEventListener('abort', () => stop(signal.reason), { once: true })
    if (signal?.aborted) stop(signal.reason)
  })
}

function tooLarge(limit: number): SluiceError {
  return new SluiceError('ERR_REQUEST_TOO_LARGE', `The request body is larger than ${limit} bytes.`)
}
