// What every reader of documents promises, wherever it reads.
import type { Test } from 'tap'
import type { SluiceError } from '../../src/base/errors.ts'
import { Blocks } from '../../src/gateway/blocks.ts'
import type { Api, Documents, Lifetime } from '../../src/gateway/documents.ts'

export const CHAT: Api = { dialect: 'openai-chat', method: 'POST', path: '/v1/chat/completions' }
export const DETECTORS = ['email', 'card']

export interface TestLifetime extends Lifetime {
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

const request = (content: unknown, more: object = {}): string =>
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
    const { findings, structure, opaque } = scanned
    return { asked: document.asked, findings, structure, opaque, body: text(scanned.takeBody()) }
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

export async function documentsContract(t: Test, documents: Documents): Promise<void> {
  t.same(
    await maskedRequest(documents, request('an ada@example.org, für 5 €', { stream: true, logprobs: true })),
    {
      asked: { model: 'm', stream: true, wants: [], opaque: [], opaqueReply: ['logprobs'], beyond: [] },
      findings: { email: 1 },
      structure: {},
      opaque: [],
      body: '{"stream_options":{"include_usage":true},"model":"up","messages":[{"role":"user","content":"an [EMAIL], für 5 €"}],"stream":true,"logprobs":true}',
    },
    'what is asked, what was found, and what is sent on',
  )
  t.match(await maskedRequest(documents, request('4111111111111111'), []), { findings: {}, body: /4111/ })
  t.match(await maskedRequest(documents, request('hi', { metadata: { n: 4111111111111111 } })), {
    structure: { card: 1 },
  })

  const long = 'x'.repeat(3e6) + ' ada@example.org'
  t.match(await maskedRequest(documents, request(long)), { findings: { email: 1 }, body: /xxx \[EMAIL\]"/ })

  t.match(await maskedRequest(documents, '{"model":"secret'), {
    name: 'SluiceError',
    code: 'ERR_REQUEST_INVALID',
    status: 400,
    message: /^The request body is not JSON.* at offset 16\.$/,
  })
  t.match(await maskedRequest(documents, '{"model":"m","Messages":[],"messages":[]}'), {
    code: 'ERR_REQUEST_INVALID',
    nextSteps: [/lower-case/],
  })
  t.match(await maskedRequest(documents, Buffer.from([0x7b, 0xff])), {
    message: 'The request body is not valid UTF-8.',
  })
  t.match(await maskedRequest(documents, request('hi').replace('"m"', `"${'m'.repeat(600)}"`)), {
    code: 'ERR_REQUEST_INVALID',
  })
  const parts = Array.from({ length: 100 }, () => ({ type: 'image_url', image_url: {} }))
  const { asked } = (await maskedRequest(documents, request(parts))) as { asked: { opaque: string[] } }
  t.equal(asked.opaque.length, 16, 'so many of what can’t be inspected are named')

  const reply = (content: string): string =>
    JSON.stringify({ choices: [{ index: 0, message: { content } }], usage: { prompt_tokens: 3 } })
  t.same(await maskedReply(documents, reply('to ada@example.org')), {
    findings: { email: 1 },
    tokens: { input: 3 },
    body: reply('to [EMAIL]'),
  })
  t.match(await maskedReply(documents, '<html>'), { code: 'ERR_UPSTREAM_INVALID', status: 502 })
  t.match(await maskedReply(documents, reply('x').replace('"index"', '"ada@example.org":0,"index"')), {
    code: 'ERR_NOT_INSPECTABLE',
    status: 502,
  })
  t.match(await maskedReply(documents, reply('x').replace('"index"', '"logprobs":{},"index"')), {
    message: /logprobs/,
  })

  const gone = lifetime()
  gone.leave(new Error('left'))
  const late = documents.request(CHAT, {}, blocksOf(request('x'.repeat(100))), gone)
  await late
    .then((document) => document.inspect([], undefined))
    .catch((thrown) => t.match(thrown, { message: 'left' }))
  gone.over()
}
