// Documents as tests hand them to whoever reads them.
import { Worker } from 'node:worker_threads'
import type { SluiceError } from '../../src/base/errors.ts'
import { Blocks } from '../../src/gateway/blocks.ts'
import type { Api, Documents, Lifetime } from '../../src/gateway/documents.ts'

export const CHAT: Api = { dialect: 'openai-chat', method: 'POST', path: '/v1/chat/completions' }
const DETECTORS = ['email', 'card']

interface TestLifetime extends Lifetime {
  leave(reason?: unknown): void
  over(): void
}

export function lifetime(): TestLifetime {
  const controller = new AbortController()
  const releases: (() => void)[] = []
  return {
    signal: controller.signal,
    whenOver: (release) => void releases.push(release),
    leave: (reason) => controller.abort(reason),
    over: () => releases.splice(0).forEach((release) => release()),
  }
}

export function blocksOf(bytes: string | Uint8Array, step = 1 << 16): Blocks {
  const blocks = new Blocks()
  const all = Buffer.from(bytes)
  for (let at = 0; at < all.length; at += step) blocks.add(all.subarray(at, at + step))
  return blocks
}

export const requestOf = (content: unknown, more: object = {}): string =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...more })

/** A request from its bytes to what is sent on, as the pipeline goes. */
export async function maskedRequest(
  documents: Documents,
  bytes: string | Uint8Array,
  detectors = DETECTORS,
): Promise<object> {
  const until = lifetime()
  try {
    const document = await documents.request(CHAT, {}, blocksOf(bytes), until)
    const scanned = await document.inspect(detectors, 'up')
    const { findings, channels, structure, opaque } = scanned
    return { asked: document.asked, findings, channels, structure, opaque, body: text(scanned.takeBody()) }
  } catch (thrown) {
    return told(thrown)
  } finally {
    until.over()
  }
}

export async function maskedReply(
  documents: Documents,
  bytes: string | Uint8Array,
  detectors = DETECTORS,
): Promise<object> {
  const until = lifetime()
  try {
    const { findings, tokens, body } = await documents.reply(CHAT, blocksOf(bytes), detectors, until)
    return { findings, tokens, body: text(body) }
  } catch (thrown) {
    return told(thrown)
  } finally {
    until.over()
  }
}

function told(thrown: unknown): object {
  const { name, code, message, status, nextSteps } = thrown as SluiceError
  return { name, code, message, status, nextSteps }
}

function text(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : Buffer.from(body).toString()
}

/** A thread of its own, without what the test runner loads into this process. */
export function threadOf(file: URL): Worker {
  const workerData = { detectors: {}, mode: 'redact', modes: {} }
  return new Worker(file, { execArgv: [], env: {}, workerData })
}
