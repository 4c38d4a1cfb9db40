// Entries say nothing of what was said: two callers who ask in the same way for different things leave the same entries,
// but for ids and times. So no text, no part of one and no digest of one, however it was made, can be in any.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { startDemonstrationModel, type DemonstrationModel } from '../../src/demo/model/server.ts'
import { dialects } from '../../src/dialects/all.ts'
import type { Entry } from '../../src/terms/entry.ts'
import { startTestGateway, TOKEN, type TestGateway } from '../support/gateway-parts.ts'
import { BEYOND_REQUESTS, OPAQUE_REQUESTS } from '../support/leaks/refused-requests.ts'
import { REQUEST_CHANNELS } from '../support/leaks/requests.ts'

let model: DemonstrationModel
let gateways: readonly TestGateway[]

t.before(async () => {
  model = await startDemonstrationModel({ pace: 0 })
  const masks = [['email', 'card'], []]
  gateways = await Promise.all(
    masks.map((mask) => startTestGateway(model.url, { request: mask, reply: mask }, { dialects })),
  )
})
t.teardown(() => Promise.all([model.close(), ...gateways.map(({ server }) => server.stop(0))]))

type Body = (word: string) => Record<string, unknown>

/** Requests with a word wherever the APIs have a place for text, and those with parts that are not looked into. */
const asked: readonly { path: string; body: Body }[] = [
  ...REQUEST_CHANNELS.map(({ path, body }) => ({ path, body: (word: string) => ({ ...body(word) }) })),
  ...[...OPAQUE_REQUESTS, ...BEYOND_REQUESTS].map(([path, , more]) => ({
    path,
    body: (word: string) => ({
      model: 'open',
      max_tokens: 9,
      ...(path === '/v1/responses' ? { input: word } : { messages: [{ role: 'user', content: word }] }),
      ...more,
    }),
  })),
]

const word = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'),
  minLength: 14,
  maxLength: 14,
})
const change = fc.record({
  how: fc.constantFrom('value', 'key', 'member', 'type', 'email', 'none'),
  where: fc.nat(),
  stream: fc.boolean(),
  model: fc.constantFrom('open', 'open', 'open', 'closed', 'theirs'),
  header: fc.constantFrom('user-agent', 'x-title', 'cookie', 'anthropic-beta', 'openai-organization'),
  masked: fc.boolean(),
})
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

/** The body with the word at one more place: for a value or a key, as a further member, or as the type of something. */
function changed(body: Record<string, unknown>, { how, where }: Change, said: string): object {
  const nodes: [node: Record<string, unknown>, key: string][] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      nodes.push([value as Record<string, unknown>, key])
      walk(inner)
    }
  }
  const copy = structuredClone(body)
  walk(copy)
  const [node, key] = nodes[where % nodes.length] as (typeof nodes)[number]
  if (how === 'value') node[key] = said
  else if (how === 'email') node[key] = `${said}@example.org`
  else if (how === 'type') node['type'] = said
  else if (how === 'member') node[said] = { [said]: said, image_url: { url: said } }
  else if (how === 'key' && !Array.isArray(node)) {
    node[said] = node[key]
    delete node[key]
  }
  return copy
}

async function entriesOf(path: string, body: Body, how: Change, said: string): Promise<readonly Entry[]> {
  const { url, ledger } = gateways[how.masked ? 0 : 1] as TestGateway
  const before = ledger.entries.length
  const asks = { ...body(said), stream: how.stream, model: how.model === 'theirs' ? said : how.model }
  const response = await fetch(`${url}${path}?${said}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      [how.header]: said,
    },
    body: JSON.stringify(changed(asks, how, said)),
  })
  await response.text()
  return ledger.entries.slice(before)
}

/** Without what each exchange has of its own. */
function comparable(entry: Entry): object {
  const own = { time: '', ...('exchange' in entry && { exchange: '' }) }
  return { ...entry, ...own, ...('durationMs' in entry && { durationMs: 0 }) }
}

t.test('what a caller says makes no difference to the entries', { timeout: 120_000 }, async (t) => {
  let compared = 0
  const kinds = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...asked), change, word, word, async ({ path, body }, how, one, two) => {
      const first = await entriesOf(path, body, how, one)
      const second = await entriesOf(path, body, how, two)
      assert.ok(first.length > 0, 'it is on record')
      for (const entry of first) assert.ok(!JSON.stringify(entry).includes(one), JSON.stringify(entry))
      assert.deepEqual(first.map(comparable), second.map(comparable))
      compared += first.length
      for (const entry of first)
        kinds.add(`${entry.kind} ${'effect' in entry ? entry.effect : 'status' in entry ? entry.status : ''}`)
    }),
    { numRuns: 300 },
  )
  t.ok(compared > 400)
  for (const kind of ['decision allow', 'decision deny', 'outcome completed', 'outcome denied', 'refusal '])
    t.ok(kinds.has(kind), kind)
})
