import t from 'tap'
import { setColour } from '../../../src/cli/colour.ts'
import { onRecord } from '../../../src/cli/on-record.ts'
import { closingLine, listeningBlock, requestLine, type RequestTold } from '../../../src/cli/tunnel-lines.ts'

setColour(false)
const at = new Date(2026, 4, 4, 14, 2, 11).getTime()

const bare: RequestTold = {
  at,
  durationMs: 1800,
  method: 'POST',
  operation: 'chat',
  ended: 'finished',
  status: 200,
}

const told = (change: Partial<RequestTold>): string => requestLine({ ...bare, entry: 41, ...change })

const outcome = { status: 'completed', masked: { request: {}, reply: {} } } as const

t.test('the listening block', async (t) => {
  const block = (access: 'key' | 'user' | 'machine', dialects = ['openai-chat']) =>
    listeningBlock(
      {
        url: 'http://127.0.0.1:4141',
        model: 'qwen-coder',
        dialects,
        subject: 'ada@example.dev\u001b[2J',
        signInExpiresAt: new Date(2026, 4, 4, 18, 2).getTime(),
        onRecord: 'metadata only; personal data and secrets are masked',
        access,
        envCommand: 'eval "$(sluice env qwen-coder)"',
      },
      at,
    )
  const head = `Listening  http://127.0.0.1:4141  qwen-coder as ada@example.dev\\u{1b}[2J, until 18:02
On record  metadata only; personal data and secrets are masked
`
  const commands = `  eval "$(sluice env qwen-coder)"\n  or: sluice run qwen-coder -- aider`
  t.equal(block('key'), `${head}OpenAI     http://127.0.0.1:4141/v1\n${commands}`)
  const all = ['ollama', 'anthropic', 'openai-responses', 'openai-chat', 'one-of-tomorrow']
  t.equal(
    block('key', all),
    `${head}OpenAI     http://127.0.0.1:4141/v1
Anthropic  http://127.0.0.1:4141
Ollama     http://127.0.0.1:4141/KEY  the KEY as env tells it
${commands}`,
    'the base URLs of the APIs that the model is reached by',
  )
  const keyless = `  OPENAI_BASE_URL=http://127.0.0.1:4141/v1 OPENAI_API_KEY=unused
  or: sluice run qwen-coder -- aider`
  t.equal(
    block('user'),
    `${head}Keyless    any program of yours may use it, without a key\n${keyless}`,
    'where the system tells whose a program is',
  )
  t.equal(
    block('machine'),
    `${head}Keyless    any program of this machine may use it, other users’ as well\n${keyless}`,
  )
  t.match(
    block('user', all),
    `
  OPENAI_BASE_URL=http://127.0.0.1:4141/v1 OPENAI_API_KEY=unused
  ANTHROPIC_BASE_URL=http://127.0.0.1:4141 ANTHROPIC_AUTH_TOKEN=unused
  OLLAMA_HOST=http://127.0.0.1:4141
`,
  )
})

t.test('a line a request', async (t) => {
  const full = {
    status: 'completed',
    masked: { request: { email: 2 }, reply: { email: 1, 'aws-key': 1 } },
    tokens: { input: 412, output: 96 },
  } as const
  t.equal(told({ outcome: full }), '14:02:11  chat  allowed  masked email, aws-key  412→96 tokens  1.8 s')
  const counted = { ...full, masked: { request: {}, reply: {} }, tokens: { input: 11 } }
  t.equal(told({ outcome: counted }), '14:02:11  chat  allowed  11 tokens in  1.8 s', 'of count-tokens')
  t.equal(told({ outcome }), '14:02:11  chat  allowed  1.8 s')
  t.equal(told({}), '14:02:11  chat  allowed  1.8 s', 'where a proxy on the way dropped the trailer')
  t.equal(
    told({ status: 403, outcome: { ...outcome, status: 'denied', error: 'ERR_POLICY_DENIED' } }),
    '14:02:11  chat  denied  ERR_POLICY_DENIED  1.8 s',
  )
  t.equal(
    told({ status: 502, outcome: { ...outcome, status: 'failed' } }),
    '14:02:11  chat  failed  502  1.8 s',
  )
  t.equal(told({ ended: 'cancelled' }), '14:02:11  chat  cancelled  1.8 s')
  t.equal(
    told({ ended: 'cancelled', masked: { email: 2 } }),
    '14:02:11  chat  cancelled  masked email  1.8 s',
    'what the reply began with is kept',
  )
  const reason = 'No model may be asked\u001b[2J.'
  t.equal(
    told({ status: 403, reason, outcome: { ...outcome, status: 'denied', error: 'ERR_POLICY_DENIED' } }),
    '14:02:11  chat  denied  No model may be asked\\u{1b}[2J.  1.8 s',
  )
  t.equal(told({ status: 400, reason: '🙂'.repeat(120) }), `14:02:11  chat  400  ${'🙂'.repeat(99)}…  1.8 s`)
  t.equal(told({ ended: 'cut-off' }), '14:02:11  chat  cut off  1.8 s')
  t.equal(told({ tries: 3 }), '14:02:11  chat  allowed  3 tries  1.8 s', 'while the gateway was away')
})

t.test('a request without an entry is noticed', async (t) => {
  const without = (change: Partial<RequestTold>) => requestLine({ ...bare, durationMs: 95, ...change })
  t.equal(without({ status: 200 }), '14:02:11  chat  not on record  0.1 s')
  t.equal(without({ status: 404, operation: 'embeddings' }), '14:02:11  embeddings  404  0.1 s')
  t.equal(without({ status: 200, method: 'GET', operation: 'models' }), '14:02:11  models  200  0.1 s')
  t.equal(without({ status: 200, operation: 'show', discovery: true }), '14:02:11  show  200  0.1 s')
})

t.test('what the tunnel itself answered says why', async (t) => {
  const error = { message: 'Your sign-in has ended.', nextSteps: ['sluice login'] }
  t.equal(
    told({ ended: 'failed', error, durationMs: 0 }),
    '14:02:11  chat  failed  Your sign-in has ended. → sluice login  0.0 s',
  )
  const another = { message: 'The key is another.', nextSteps: [] }
  t.equal(
    told({ ended: 'refused', error: another, untold: 41, durationMs: 0 }),
    '14:02:11  chat  refused  The key is another.  and 41 more like it  0.0 s',
  )
})

t.test('the closing line', async (t) => {
  t.equal(
    closingLine('by you', { requests: 1, cutOff: 0, refused: 0 }),
    'Closed     by you; 1 request, none cut off',
  )
  t.equal(
    closingLine('by SIGTERM', { requests: 3, cutOff: 2, refused: 7 }),
    'Closed     by SIGTERM; 3 requests, 2 cut off; 7 turned away',
  )
  t.equal(closingLine('by you', { requests: 0, cutOff: 0, refused: 0 }), 'Closed     by you; no requests')
})

t.test('what is on record is said as it is', async (t) => {
  const families = { personal: ['email', 'phone'], secrets: ['aws-key', 'jwt'] }
  const all = ['email', 'phone', 'aws-key', 'jwt']
  const said = (request: string[], reply: string[]) => onRecord('metadata', { request, reply }, families)
  t.equal(said(all, all), 'metadata only; personal data and secrets are masked')
  t.equal(said(['aws-key', 'jwt'], ['jwt', 'aws-key']), 'metadata only; secrets are masked')
  t.equal(said(['phone', 'email'], ['email', 'phone']), 'metadata only; personal data is masked')
  t.equal(said(['email', 'jwt'], ['email', 'jwt']), 'metadata only; email and jwt are masked')
  t.equal(said(['email'], ['email']), 'metadata only; email is masked')
  t.equal(
    said([...all, 'passport'], [...all, 'passport']),
    'metadata only; personal data, secrets and passport are masked',
    'a detector that only the gateway knows',
  )
  t.equal(said([], []), 'metadata only; nothing is masked')
  t.equal(said(all, []), 'metadata only; masked in requests: personal data and secrets; in replies: nothing')
})
