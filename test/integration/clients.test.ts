// Real clients of each API, as developers use them: through a login, a gateway that masks all it can, and a tunnel.
import Anthropic from '@anthropic-ai/sdk'
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import t from 'tap'
import { CUSTOMER } from '../../src/demo/model/reply.ts'
import { dialectNames } from '../../src/dialects/all.ts'
import { aiSdk } from '../support/clients/ai-sdk.ts'
import { anthropic } from '../support/clients/anthropic.ts'
import type { ClientMaker } from '../support/clients/client.ts'
import { langchain } from '../support/clients/langchain.ts'
import { ollama } from '../support/clients/ollama.ts'
import { openaiChat } from '../support/clients/openai-chat.ts'
import { openaiResponses } from '../support/clients/openai-responses.ts'
import { BREAK_OFF, FAIL, moodyModel } from '../support/moody-model.ts'
import { site } from '../support/real-gateway.ts'
import { until } from '../support/until.ts'

// Some processes start first, on a machine that may be busy.
t.setTimeout(120_000)

const WRITER = 'bob.miller@example.org'
const FOUND = 'lovelace@example.net'
const PROMPT = `Draft a refund note for ${WRITER}.`
const SECRETS = [WRITER, FOUND, CUSTOMER.email, CUSTOMER.phone, CUSTOMER.card, FAIL, BREAK_OFF]

interface RequestLine {
  readonly event: string
  readonly operation: string
  readonly ended: string
  readonly status: number
  readonly entry?: number
  readonly reason?: string
}

const model = await moodyModel(t)
const gateway = await site(t, model.url, { dialects: [...dialectNames], mask: ['all'], others: ['n'] })
await gateway.start()
await gateway.signInAt(gateway.home)
const connect = gateway.home.sluice('connect', 'm', '--json')
await connect.prints('listening')
const env = gateway.home.sluice('env', 'm', '--format', 'json')
t.equal(await env.ended, 0, env.stderr())
const variables = JSON.parse(env.stdout()) as Record<string, string>

/** What `connect` told of requests so far. */
function told(): RequestLine[] {
  const lines = connect.stdout().split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as RequestLine).filter(({ event }) => event === 'request')
}

/** Resolves once it has told of all requests that have ended. */
async function allTold(): Promise<void> {
  const last = `models/no-such-${told().length}`
  const authorization = `Bearer ${variables['OPENAI_API_KEY']}`
  await fetch(`${variables['OPENAI_BASE_URL']}/${last}`, { headers: { authorization } })
  await until('connect tells of it', () => told().some(({ operation }) => operation === last))
}

/** The lines on what `act` asks for. */
async function linesOf(act: () => Promise<unknown>): Promise<RequestLine[]> {
  await allTold()
  const before = told().length
  await act()
  await allTold()
  return told().slice(before, -1)
}

async function thrownBy(act: () => Promise<unknown>): Promise<Error> {
  try {
    await act()
  } catch (thrown) {
    return thrown as Error
  }
  throw new Error('it was to fail')
}

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

const MAKERS: readonly ClientMaker[] = [openaiChat, openaiResponses, anthropic, ollama, aiSdk, langchain]

for (const make of MAKERS) {
  const client = make(variables, {})
  const impatient = make(variables, { maxRetries: 0 })

  t.test(client.name, async (t) => {
    const ANSWER = `You asked: "Draft a refund note for [EMAIL]."\n\nOn file is ${CUSTOMER.name}, [EMAIL], [PHONE], who paid with card [CARD].`

    await t.test('an answer, and the same in pieces', async (t) => {
      const lines = await linesOf(async () => t.match(await client.ask('m', PROMPT), ANSWER))
      t.match(lines, [{ ended: 'finished', status: 200, entry: Number }])
      const pieces: string[] = []
      for await (const piece of client.stream('m', PROMPT)) pieces.push(piece)
      t.match(pieces.join(''), ANSWER)
      t.ok(pieces.length > 8, `in ${pieces.length} pieces`)
    })

    await t.test('a tool is called, and its result answered', async (t) => {
      const { asked, answer } = await client.useTool('m', PROMPT, `On file is ${FOUND}.`)
      t.same(asked, { query: 'Draft a refund note for [EMAIL].', contact: '[EMAIL]' })
      t.match(answer, `On file is ${CUSTOMER.name}, [EMAIL]`)
      t.match(model.received.at(-1)?.body, 'On file is [EMAIL].')
    })

    await t.test('what policy denies is tried once, and says why', async (t) => {
      const before = model.received.length
      const lines = await linesOf(async () => {
        const { message } = await thrownBy(() => client.show('m', PROMPT))
        t.match(message, /Policy masks requests to this model, and this can't be inspected: .*image/)
      })
      t.match(lines, [{ status: 403, entry: Number, reason: /^Policy masks requests/ }])
      t.equal(lines.length, 1)
      t.equal(model.received.length, before, 'and reaches no model')
    })

    await t.test('another model is not to be had, and the one that is is named', async (t) => {
      const { message } = await thrownBy(() => client.ask('gpt-9', PROMPT))
      t.match(message, /This session reaches m only/)
    })

    await t.test('who wants no more ends the generation', async (t) => {
      const cancelled = () => told().filter(({ ended }) => ended === 'cancelled').length
      const before = cancelled()
      for await (const _ of client.stream('m', 'word '.repeat(5_000))) break
      await until('connect tells of it', () => cancelled() === before + 1)
      await until('the model server is told to stop', () => model.received.at(-1)?.ended === 'aborted')
      const { events = 0 } = model.received.at(-1) ?? {}
      t.ok(events < 2_000, `${events} of some 10,000 events were made`)
    })

    await t.test('an error of the model server is told without its words', async (t) => {
      for (const act of [impatient.ask, (...to: [string, string]) => joined(impatient.stream(...to))]) {
        const failed = await thrownBy(() => act('m', `${PROMPT} ${FAIL}`))
        t.match(failed.message, /model server/)
        for (const secret of SECRETS) t.notMatch(failed.message, secret)
      }
    })

    await t.test('one that breaks off in its answer, too', async (t) => {
      let text = ''
      const failed = await thrownBy(async () => {
        for await (const piece of impatient.stream('m', `${PROMPT} ${BREAK_OFF}`)) text += piece
      })
      t.match(failed.message, /model server/)
      t.notMatch(text, 'Shall I draft the answer')
    })
  })
}

t.test('what clients ask before they chat: the session’s model, and no other', async (t) => {
  const openai = new OpenAI({ baseURL: variables['OPENAI_BASE_URL'], apiKey: variables['OPENAI_API_KEY'] })
  t.match((await openai.models.list()).data, [{ id: 'm', object: 'model' }])
  t.equal((await openai.models.list()).data.length, 1)
  t.match(await openai.models.retrieve('m'), { id: 'm', object: 'model' })
  await t.rejects(openai.models.retrieve('n'), { status: 404, message: /Served to you: m\./ })

  const [baseURL, authToken] = [variables['ANTHROPIC_BASE_URL'], variables['ANTHROPIC_AUTH_TOKEN'] ?? '']
  const anthropic = new Anthropic({ baseURL, authToken, apiKey: null })
  const listed: string[] = []
  for await (const { id, type, display_name } of anthropic.models.list())
    listed.push(`${type} ${id} ${display_name}`)
  t.same(listed, ['model m m'])
  t.match(await anthropic.models.retrieve('m'), { id: 'm', type: 'model' })
  await t.rejects(anthropic.models.retrieve('n'), { status: 404, message: /Served to you: m\./ })
  const counted = await anthropic.messages.countTokens({
    model: 'm',
    messages: [{ role: 'user', content: PROMPT }],
  })
  t.ok(counted.input_tokens > 4)

  const ollama = new Ollama({ host: variables['OLLAMA_HOST'] ?? '' })
  t.match((await ollama.list()).models, [{ name: 'm', model: 'm', digest: /^[0-9a-f]{12,}$/, details: {} }])
  t.equal((await ollama.list()).models.length, 1)
  t.match((await ollama.ps()).models, [{ name: 'm' }])
  t.match(await ollama.show({ model: 'm' }), {
    capabilities: ['completion', 'tools'],
    model_info: { 'general.architecture': 'sluice', 'sluice.context_length': 131_072 },
  })
  await t.rejects(ollama.show({ model: 'n' }), { status_code: 404, message: /Served to you: m\./ })
  t.match((await ollama.version()).version, /^0\.\d+\.\d+$/)
  // As `ollama run` does: is there a server, and may the model be loaded.
  t.equal((await fetch(variables['OLLAMA_HOST'] ?? '', { method: 'HEAD' })).status, 200)
  t.equal(await (await fetch(variables['OLLAMA_HOST'] ?? '')).text(), 'Ollama is running')
  t.match(await ollama.generate({ model: 'm', prompt: '' }), { done: true })
  await t.rejects(ollama.pull({ model: 'm' }), { status_code: 404, message: /has nothing at "\/api\/pull"/ })

  await allTold()
  t.same(
    told().filter(({ operation, entry }) => operation === 'show' && entry !== undefined),
    [],
    'which is nothing to record',
  )
})

t.test('nothing that was to be masked has reached the model', async (t) => {
  t.ok(model.received.length > 20)
  for (const { body, headers } of model.received) {
    for (const secret of [WRITER, FOUND]) t.notMatch(body, secret)
    t.equal(headers['authorization'], 'Bearer of-the-model-server')
    t.notMatch(JSON.stringify(headers), 'sk-sluice')
  }
})
