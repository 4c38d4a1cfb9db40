// A request's body: whole, decoded, valid UTF-8, and never larger than the bound.
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { SluiceError } from '../base/errors.ts'

const DECODERS: Record<string, () => NodeJS.ReadWriteStream & Readable> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** Reads a JSON request body of at most `limit` bytes, decoded. Throws ERR_REQUEST_INVALID, _TOO_LARGE or ERR_ENCODING_UNSUPPORTED. */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') {
    throw new SluiceError('ERR_ENCODING_UNSUPPORTED', 'The content type must be application/json.')
  }
  if (Number(request.headers['content-length']) > limit) throw tooLarge(limit)
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const bytes = coding === 'identity' ? await gather(request, limit) : await decode(request, coding, limit)
  if (!isUtf8(bytes)) throw new SluiceError('ERR_REQUEST_INVALID', 'The request body is not valid UTF-8.')
  return bytes.toString('utf8')
}

async function decode(request: IncomingMessage, coding: string, limit: number): Promise<Buffer> {
  const decoder = DECODERS[coding]?.()
  if (!decoder) {
    throw new SluiceError('ERR_ENCODING_UNSUPPORTED', 'This content encoding is not supported.', {
      nextSteps: [`Send the body as it is, or as one of: ${Object.keys(DECODERS).join(', ')}.`],
    })
  }
  request.on('error', (error) => decoder.destroy(error))
  request.on('close', () => {
    if (!request.complete) decoder.destroy(new Error('the request ended early'))
  })
  try {
    return await gather(request.pipe(decoder), limit)
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    throw new SluiceError('ERR_REQUEST_INVALID', `The request body is not valid ${coding}, or ended early.`, {
      cause,
    })
  }
}

function gather(source: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const cut = () => reject(new SluiceError('ERR_REQUEST_INVALID', 'The request body ended early.'))
    source.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        source.pause()
        source.removeAllListeners('data')
        reject(tooLarge(limit))
      } else chunks.push(chunk)
    })
    source.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    source.once('error', reject)
    source.once('close', cut)
  })
}

function tooLarge(limit: number): SluiceError {
  return new SluiceError('ERR_REQUEST_TOO_LARGE', `The request body is larger than ${limit} bytes.`)
}
