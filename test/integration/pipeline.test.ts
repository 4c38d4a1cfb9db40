// The pipeline over real HTTP, in front of the demonstration model: what the model gets, what the caller gets, what is on record.
import OpenAI from 'openai'
import t from 'tap'
import { CUSTOMER } from '../../src/demo/model/reply.ts'
import { startDemonstrationModel, type DemonstrationModel } from '../../src/demo/model/server.ts'
import { CREDENTIAL, startTestGateway, TOKEN, type TestGateway } from '../support/gateway-parts.ts'
import { until } from '../support/until.ts'

let model: DemonstrationModel
let gateway: TestGateway
let openai: OpenAI

t.before(async () => {
  model = await startDemonstrationModel({ pace: 1 })
  gateway = await startTestGateway(model.url)
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: TOKEN, maxRetries: 0 })
})
t.teardown(async () => {
  await gateway.server.stop(100)
  await model.close()
})

const ask = (content: string) => [{ role: 'user' as const, content }]
const lastReceived = () => model.received.at(-1) as DemonstrationModel['received'][number]
const lastEntries = () => gateway.ledger.entries.slice(-2)

t.test('a plain chat: masked both ways, recorded before and after', async (t) => {
  const { data: reply, response } = await openai.chat.completions
    .create({ model: 'open', messages: ask('write to bob@example.org') })
    .withResponse()
  t.equal(response.headers.get('sluice-masked'), '{"email":1}')
  t.match(reply.choices[0]?.message.content, /You asked: "write to \[EMAIL\]"/)
  t.notMatch(reply.choices[0]?.message.content, CUSTOMER.email)
  t.match(lastReceived().body, /write to \[EMAIL\]/)
  t.match(lastReceived().body, /"model":"up-model"/)
  t.match(lastEntries(), [
    {
      kind: 'decision',
      effect: 'allow',
      rule: 'engineers',
      subject: 'sub_ada',
      findings: { email: 1 },
      stream: false,
    },
    { kind: 'outcome', status: 'completed', findings: { email: 1 }, upstreamStatus: 200 },
  ])
})

t.test("the caller's token never goes up, the gateway's credentials never come down", async (t) => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      cookie: 'a=b',
      'x-custom': 'c',
    },
    body: JSON.stringify({ model: 'open', messages: ask('hi') }),
  })
  const exchange = response.headers.get('sluice-exchange')
  const came = JSON.stringify([...response.headers]) + (await response.text())
  t.notMatch(came, CREDENTIAL)
  const went = lastReceived()
  t.equal(went.headers['authorization'], `Bearer ${CREDENTIAL}`)
  t.notMatch(JSON.stringify(went), TOKEN)
  t.equal(went.headers['x-request-id'], exchange, 'its log can be held against the ledger')
  t.notOk(went.headers['cookie'] ?? went.headers['x-custom'])
})

t.test('a streamed chat: the same text, in order, with usage recorded though not asked for', async (t) => {
  const stream = await openai.chat.completions.create({
    model: 'open',
    stream: true,
    n: 2,
    messages: ask('mail bob@example.org'),
  })
  const texts = ['', '']
  let chunks = 0
  for await (const chunk of stream) {
    chunks++
    if (chunk.usage) t.fail('a usage chunk that was not asked for')
    for (const choice of chunk.choices) texts[choice.index] += choice.delta.content ?? ''
  }
  t.ok(chunks > 40)
  t.equal(texts[0], texts[1])
  t.equal(
    texts[0],
    `You asked: "mail [EMAIL]"\n\nOn file is ${CUSTOMER.name}, [EMAIL], ${CUSTOMER.phone}, who paid with card ${CUSTOMER.card}. Shall I draft the answer?`,
  )
  t.match(lastEntries()[1], {
    status: 'completed',
    findings: { email: 2 },
    tokens: { input: Number, output: Number },
  })
})

t.test(
  'reasoning and tool arguments are masked too, and the stream helper still assembles them',
  async (t) => {
    const runner = openai.chat.completions.stream({
      model: 'open',
      messages: ask('find bob@example.org'),
      reasoning_effort: 'low',
      tools: [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object' } } }],
    })
    let reasoning = ''
    for await (const chunk of runner) {
      const delta = chunk.choices[0]?.delta as { reasoning_content?: string } | undefined
      reasoning += delta?.reasoning_content ?? ''
    }
    t.match(reasoning, /The user wrote: find \[EMAIL\] Let me/)
    const call = (await runner.finalChatCompletion()).choices[0]?.message.tool_calls?.[0]
    t.equal(
      call?.type === 'function' && call.function.arguments,
      '{"query":"find [EMAIL]","contact":"[EMAIL]"}',
    )
  },
)

t.test('an unknown model is a 404 that names the served ones; an unknown path a JSON 404', async (t) => {
  await t.rejects(openai.chat.completions.create({ model: 'gpt-9', messages: ask('hi') }), {
    status: 404,
    message: /Served to you: open\b/,
  })
  await t.rejects(openai.embeddings.create({ model: 'open', input: 'x' }), {
    status: 404,
    code: 'ERR_NOT_FOUND',
  })
  const models = await openai.models.list()
  t.same(
    models.data.map((model) => model.id),
    ['open'],
  )
})

t.test('policy denies before anything is sent, and says so on record', async (t) => {
  const before = model.received.length
  await t.rejects(openai.chat.completions.create({ model: 'closed', messages: ask('hi') }), {
    status: 403,
    code: 'ERR_POLICY_DENIED',
  })
  await t.rejects(openai.chat.completions.create({ model: 'open', messages: ask('hi'), logprobs: true }), {
    status: 403,
    message: /logprobs/,
  })
  await t.rejects(
    openai.chat.completions.create({
      model: 'open',
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
      ],
    }),
    { status: 403, message: /can't be inspected: messages\[0\]\.content\[0\] \(image_url\)/ },
  )
  await t.rejects(
    openai.chat.completions.create({
      model: 'open',
      messages: [{ role: 'tool', tool_call_id: 'bob@example.org', content: 'x' }],
    }),
    { status: 403, message: /can't be rewritten/ },
  )
  t.equal(model.received.length, before)
  t.match(lastEntries(), [
    { kind: 'decision', effect: 'deny', reasons: ['finding-in-structure'] },
    { kind: 'outcome', status: 'denied' },
  ])
})

t.test('a caller who goes away stops the generation at once', async (t) => {
  const stream = await openai.chat.completions.create({
    model: 'open',
    stream: true,
    messages: ask('word '.repeat(3000)),
  })
  let seen = 0
  for await (const _ of stream) if (++seen === 5) break
  const request = lastReceived()
  await until('the model is told', () => request.ended !== 'running')
  t.equal(request.ended, 'aborted')
  t.ok(request.events < 1000, `${request.events} events were sent`)
  await until('the outcome is on record', () => lastEntries()[1]?.kind === 'outcome')
  t.match(lastEntries()[1], { status: 'cancelled' })
})

t.test('a revoked sign-in ends the stream and is recorded', async (t) => {
  const stream = await openai.chat.completions.create({
    model: 'open',
    stream: true,
    messages: ask('word '.repeat(3000)),
  })
  await t.rejects(
    async () => {
      for await (const _ of stream) gateway.revoke()
    },
    { message: /sign-in was ended.*sluice login/ },
  )
  t.match(lastEntries()[1], { status: 'interrupted' })
  await until('the model is told', () => lastReceived().ended === 'aborted')
})

t.test('no good token: 401 in the dialect, nothing on record', async (t) => {
  const before = gateway.ledger.entries.length
  const stranger = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'wrong', maxRetries: 0 })
  await t.rejects(stranger.chat.completions.create({ model: 'open', messages: ask('hi') }), {
    status: 401,
    code: 'ERR_TOKEN_INVALID',
  })
  t.equal(gateway.ledger.entries.length, before)
})

t.test('logs hold neither text nor tokens', (t) => {
  const all = gateway.logs.join('')
  t.match(all, /"requestId":"req_/)
  for (const secret of [TOKEN, CREDENTIAL, 'bob@example.org', CUSTOMER.email, 'You asked'])
    t.notOk(all.includes(secret), secret)
  t.end()
})
