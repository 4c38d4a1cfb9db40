// A request's body: whole, decoded, and never larger than the bound.
import type { IncomingMessage } from 'node:http'
import type { Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { SluiceError } from '../base/errors.ts'
import { Blocks } from './blocks.ts'
import type { Claim } from './body-budget.ts'

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
])

export interface BodyBounds {
  /** The most bytes, decoded. */
  readonly limit: number
  /** What the bytes are counted against as they come. */
  readonly room?: Claim
  readonly signal?: AbortSignal
}

/**
 * Reads a JSON request body. Throws ERR_REQUEST_INVALID, _TOO_LARGE, ERR_ENCODING_UNSUPPORTED or ERR_GATEWAY_BUSY, and
 * the signal's reason once it aborts; what was not read then is still to be let go.
 */
export async function readBody(request: IncomingMessage, bounds: BodyBounds): Promise<Blocks> {
  requireJson(request.headers['content-type'] ?? '')
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > bounds.limit) throw tooLarge(bounds.limit)
  bounds.room?.expect(announced)
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  return coding === 'identity' ? gather(request, bounds) : decode(request, coding, bounds)
}

// A text in another charset would be looked at as something that its reader does not see.
function requireJson(contentType: string): void {
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  if (type !== 'application/json') {
    throw new SluiceError('ERR_ENCODING_UNSUPPORTED', 'The content type must be application/json.', {
      nextSteps: ['Send JSON, and the header content-type: application/json.'],
    })
  }
  for (const parameter of parameters) {
    if (!/^charset\b/.test(parameter) || /^charset\s*=\s*(utf-?8|"utf-?8")$/.test(parameter)) continue
    throw new SluiceError('ERR_ENCODING_UNSUPPORTED', 'The charset must be utf-8.', {
      nextSteps: ['Send the body as UTF-8, and no other charset in content-type.'],
    })
  }
}

async function decode(request: IncomingMessage, coding: string, bounds: BodyBounds): Promise<Blocks> {
  const decoder = DECODERS.get(coding)?.()
  if (!decoder) {
    throw new SluiceError('ERR_ENCODING_UNSUPPORTED', 'This content encoding is not supported.', {
      nextSteps: [`Send the body as it is, or as one of: ${[...DECODERS.keys()].join(', ')}.`],
    })
  }
  const breakOff = (): void => {
    if (!request.complete) decoder.destroy(new Error('the request ended early'))
  }
  request.on('error', breakOff).on('close', breakOff)
  // What fails once nobody listens any more concerns nobody.
  decoder.on('error', () => undefined)
  try {
    return await gather(request.pipe(decoder), bounds)
  } catch (cause) {
    if (cause instanceof SluiceError || bounds.signal?.aborted) throw cause
    throw new SluiceError('ERR_REQUEST_INVALID', `The request body is not valid ${coding}, or ended early.`, {
      nextSteps: ['Send it as it is, or whole in the coding that content-encoding names.'],
      cause,
    })
  } finally {
    request.unpipe(decoder).off('error', breakOff).off('close', breakOff)
    decoder.destroy()
  }
}

function gather(source: Readable, { limit, room, signal }: BodyBounds): Promise<Blocks> {
  return new Promise((resolve, reject) => {
    const bytes = new Blocks()
    const take = (chunk: Buffer): void => {
      try {
        if (bytes.size + chunk.length > limit) throw tooLarge(limit)
        room?.add(chunk.length)
        bytes.add(chunk)
      } catch (thrown) {
        stop(thrown)
      }
    }
    // An exchange may go on for long after its body has come: none of these is to hold on to it.
    const settle = (): void => {
      source.off('data', take).off('end', end).off('error', stop).off('close', close)
      signal?.removeEventListener('abort', leave)
    }
    const stop = (why: unknown): void => {
      settle()
      source.pause()
      reject(why as Error)
    }
    const end = (): void => {
      settle()
      resolve(bytes)
    }
    const close = (): void =>
      stop(
        new SluiceError('ERR_REQUEST_INVALID', 'The request body ended early.', {
          nextSteps: ['Send as much as content-length or the last chunk says.'],
        }),
      )
    const leave = (): void => stop(signal?.reason)
    source.on('data', take).on('end', end).on('error', stop).on('close', close)
    signal?.addEventListener('abort', leave)
    if (signal?.aborted) leave()
  })
}

function tooLarge(limit: number): SluiceError {
  return new SluiceError('ERR_REQUEST_TOO_LARGE', `The request body is larger than ${limit} bytes.`, {
    nextSteps: ["Send less; the gateway's operator sets the bound."],
  })
}
