import t from 'tap'
import { parseOutcome } from '../../../src/tunnel/outcome.ts'

const evil = '\u001b]0;pwned\u0007'

t.test('the outcome as the gateway tells it', async (t) => {
  const whole = {
    status: 'completed',
    entry: 42,
    masked: { request: { email: 1 }, reply: {} },
    tokens: { input: 412, output: 96 },
    error: 'ERR_UPSTREAM_FAILED',
  }
  t.same(parseOutcome(JSON.stringify(whole)), whole)
  t.same(parseOutcome('{"status":"denied","entry":0}'), {
    status: 'denied',
    entry: 0,
    masked: { request: {}, reply: {} },
  })
})

t.test('what is not of its type is left out', async (t) => {
  const lies = {
    status: 'completed',
    entry: 42,
    masked: { request: { email: evil, phone: 2, iban: -1 }, reply: [evil] },
    tokens: { input: evil, output: 1.5 },
    error: { message: evil },
    extra: evil,
  }
  t.same(parseOutcome(JSON.stringify(lies)), {
    status: 'completed',
    entry: 42,
    masked: { request: { phone: 2 }, reply: {} },
  })
  const half = { status: 'completed', entry: 1, masked: null, tokens: { input: 3, output: evil } }
  t.same(parseOutcome(JSON.stringify(half))?.tokens, { input: 3 })
})

t.test('without a status and an entry there is no outcome', async (t) => {
  for (const text of [
    undefined,
    7,
    '',
    'null',
    '[]',
    '"completed"',
    '{',
    JSON.stringify({ status: evil, entry: 1 }),
    JSON.stringify({ status: 'completed', entry: '1' }),
    JSON.stringify({ status: 'completed', entry: -1 }),
    JSON.stringify({ status: ['completed'], entry: 1 }),
  ])
    t.equal(parseOutcome(text), undefined, String(text))
})
