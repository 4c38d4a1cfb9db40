// Which models the gateway says that there are: each list holds those that its readers can then ask.
import t from 'tap'
import { dialects } from '../../../src/dialects/all.ts'
import type { ModelView } from '../../../src/dialects/dialect.ts'

const SERVED: readonly ModelView[] = [
  { name: 'org/coder:7b', dialects: ['openai-chat', 'anthropic'], contextLength: 8192 },
  { name: 'claude', dialects: ['anthropic'] },
  { name: 'llama', dialects: ['ollama'] },
]

function answer(method: string, path: string, body = '', served: readonly ModelView[] = SERVED): unknown {
  for (const dialect of dialects) {
    const route = dialect.route(method, path)
    if (route?.kind === 'discovery') return JSON.parse(route.discovery.answer(served, body))
  }
  return undefined
}

t.test('/v1/models, for the clients of OpenAI’s API and of Anthropic’s', async (t) => {
  const list = answer('GET', '/v1/models') as { data: object[] }
  t.match(list, { object: 'list', has_more: false, first_id: 'org/coder:7b', last_id: 'claude' })
  t.match(list.data, [
    {
      id: 'org/coder:7b',
      object: 'model',
      created: 0,
      owned_by: 'sluice',
      type: 'model',
      display_name: 'org/coder:7b',
    },
    { id: 'claude' },
  ])
  t.equal(list.data.length, 2)
  t.match(answer('GET', '/models', '', []), { data: [], first_id: null, last_id: null })
  for (const path of ['/v1/models/org%2Fcoder%3A7b', '/v1/models/org/coder:7b'])
    t.match(answer('GET', path), { id: 'org/coder:7b', object: 'model' }, path)
  t.throws(() => answer('GET', '/v1/models/llama'), {
    code: 'ERR_MODEL_UNKNOWN',
    message: 'No such model here. Served to you: org/coder:7b, claude.',
  })
  t.equal(answer('GET', '/v1/models/%zz'), undefined)
  t.equal(answer('POST', '/v1/models'), undefined)
})

t.test('what Ollama’s clients ask', async (t) => {
  const names = ({ models }: { models: { name: string }[] }) => models.map(({ name }) => name)
  for (const path of ['/api/tags', '/api/ps']) {
    const list = answer('GET', path) as Parameters<typeof names>[0]
    t.same(names(list), ['org/coder:7b', 'llama'], 'those of chat completions as well: editors go on to them')
    // Its CLI cuts the digest without looking how long it is.
    t.match(list.models, [{ digest: /^[0-9a-f]{64}$/ }, { digest: /^[0-9a-f]{64}$/ }])
  }
  t.match(answer('POST', '/api/show', '{"model":"org/coder:7b"}'), {
    capabilities: ['completion', 'tools'],
    model_info: { 'general.architecture': 'sluice', 'sluice.context_length': 8192 },
  })
  t.notOk(JSON.stringify(answer('POST', '/api/show', '{"name":"llama"}')).includes('context_length'))
  t.throws(() => answer('POST', '/api/show', '{"model":"claude"}'), { code: 'ERR_MODEL_UNKNOWN' })
  t.throws(() => answer('POST', '/api/show', '{}'), { code: 'ERR_REQUEST_INVALID' })
})
