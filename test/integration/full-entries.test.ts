// A request and a reply in which every detector finds something, in several channels: both pass, and are on record in the
// bytes that an entry has.
import t from 'tap'
import { canonicalJson, type Json } from '../../src/base/canonical-json.ts'
import { startDemonstrationModel } from '../../src/demo/model/server.ts'
import { detectors } from '../../src/masking/catalogue.ts'
import type { DecisionEntry, OutcomeEntry } from '../../src/terms/entry.ts'
import { startTestGateway, TOKEN } from '../support/gateway-parts.ts'

t.setTimeout(120_000)

t.test('all detectors find something at once', async (t) => {
  const names = detectors.map(({ name }) => name)
  const model = await startDemonstrationModel({ pace: 0 })
  const gateway = await startTestGateway(model.url, { request: names, reply: names })
  t.teardown(() => Promise.all([model.close(), gateway.server.stop(0)]))

  const all = detectors.map(({ found }) => found).join('\n\n')
  const called = { id: 'c', type: 'function', function: { name: 'f', arguments: JSON.stringify({ all }) } }
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'open',
      messages: [
        { role: 'user', content: all },
        { role: 'assistant', content: null, reasoning_content: all, tool_calls: [called] },
        { role: 'tool', tool_call_id: 'c', content: all },
      ],
    }),
  })
  const told = await response.text()
  t.equal(response.status, 200, told)
  const masked = JSON.parse(response.headers.get('sluice-masked') ?? '{}') as Record<string, number>
  t.ok(Object.keys(masked).length > 100, 'the caller is told of each')
  const [decision, outcome] = gateway.ledger.entries as [DecisionEntry, OutcomeEntry]
  t.equal(outcome.status, 'completed')
  for (const entry of [decision, outcome])
    t.ok(Buffer.byteLength(canonicalJson(entry as unknown as Json)) <= 2048)
  const { others = 0, ...named } = decision.findings
  t.ok(others > 0, 'what does not fit by name is counted')
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, n) => all + n, 0)
  t.equal(others + sum(named), sum(masked), 'none is left out')
  t.strictSame(Object.keys(decision.channels ?? {}), ['arguments', 'reasoning', 'text'])
})
