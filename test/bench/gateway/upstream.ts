// A model server that costs as little as it can: canned replies, plain and streamed, at a chosen pace.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const TEXT = 'The quick brown fox jumps over the lazy dog while nobody is watching the gate. '
const PLAIN = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: TEXT.repeat(10) }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 200, completion_tokens: 180, total_tokens: 380 },
  }),
)
const WORDS = TEXT.match(/\S+\s/g) as string[]

function event(i: number): string {
  const delta = { content: WORDS[i % WORDS.length] }
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, logprobs: null, finish_reason: null }] })}\n\n`
}
const LAST = `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`

/** `coalesced` sends 16 KB of events at a time, `paced` one event every 2 ms, `slow` `AT_ONCE` and then one every second. */
export type Cut = 'coalesced' | 'paced' | 'slow'
const PACE_MS = { paced: 2, slow: 1_000 }
export const AT_ONCE = 200

/** `max_tokens` in the body says how many events; `user` how they are cut. */
export async function startUpstream(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      if (!body.includes('"stream":true')) {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': PLAIN.length })
        response.end(PLAIN)
        return
      }
      const { max_tokens: events, user } = JSON.parse(body) as { max_tokens: number; user: Cut }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (user === 'coalesced') sendCoalesced(response, events)
      else sendPaced(response, events, PACE_MS[user])
    })
  })
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function sendCoalesced(response: ServerResponse, events: number): void {
  let block = ''
  for (let i = 0; i < events; i++) {
    block += event(i)
    if (block.length < 16_384) continue
    response.write(block)
    block = ''
  }
  response.end(block + LAST)
}

function sendPaced(response: ServerResponse, events: number, pace: number): void {
  let sent = 0
  if (pace === PACE_MS.slow) while (sent < AT_ONCE) response.write(event(sent++))
  const timer = setInterval(() => {
    if (sent < events) return void response.write(event(sent++))
    clearInterval(timer)
    response.end(LAST)
  }, pace)
  response.once('close', () => clearInterval(timer))
}
