// Entries of an exchange: what was found, how often and where, in the bytes that an entry has.
import t from 'tap'
import { prepareLeaf } from '../../../src/adapters/sql/leaf.ts'
import { dialects } from '../../../src/dialects/all.ts'
import { channelName } from '../../../src/dialects/channel-names.ts'
import { decisionEntry, outcomeEntry, type Decided } from '../../../src/gateway/entries.ts'
import { detectors } from '../../../src/masking/catalogue.ts'
import type { ChannelFindings, FindingCounts } from '../../../src/terms/finding.ts'
import { schemaFlaw } from '../../support/published-schema.ts'

const origin = { exchange: `ex_${'0'.repeat(32)}`, startedAt: 0, now: 1_789_000_000_000 }

function decided(more: {
  findings?: FindingCounts
  channels?: ChannelFindings
  structure?: FindingCounts
  mask?: readonly string[]
  name?: string
  opaque?: readonly string[]
  reasons?: readonly string[]
}): Decided {
  const { findings = {}, channels = {}, structure = {}, mask = ['all'], name = 'm', opaque = [] } = more
  const { reasons = ['reply-not-inspectable'] } = more
  const both = { request: mask, reply: mask }
  return {
    caller: {
      subject: {
        id: `sub_${'0'.repeat(32)}`,
        provider: 'p',
        providerSubject: 's',
        name: 'Ada',
        groups: [],
        roles: [],
      },
      signIn: 'sgn_1',
      session: `ses_${'0'.repeat(32)}`,
      scope: 'cli',
      expiresAt: 0,
    },
    model: { name, dialects },
    asked: { model: name, stream: true, wants: [], opaque, opaqueReply: [], beyond: [] },
    needs: { detectors: both, mask: both },
    facts: {
      subjectGroups: [],
      model: name,
      dialect: 'openai-responses',
      operation: 'count-tokens',
      stream: true,
      findings,
      channels,
      structure,
      opaque: { request: opaque, reply: [] },
      beyond: [],
    },
    decision: {
      effect: 'allow',
      rule: name,
      reasons: reasons.map((code) => ({ code, message: '' })),
      obligations: [],
    },
  }
}

t.test('what was found stands by detector, and by channel', async (t) => {
  const channels = { text: { email: 2, card: 1 }, arguments: { email: 1 }, tools: {} }
  const entry = decisionEntry(
    origin,
    decided({ findings: { email: 3, card: 1 }, channels, structure: { ip: 1 } }),
    'p',
  )
  t.strictSame(entry.findings, { email: 3, card: 1 })
  t.strictSame(entry.channels, {
    ...{ arguments: { email: 1 }, text: { email: 2, card: 1 } },
    structure: { ip: 1 },
  })
  t.notOk(
    'channels' in decisionEntry(origin, decided({}), 'p'),
    'where nothing was found, there is no more to say',
  )
  const ended = outcomeEntry(origin, decided({}), 'completed', {
    findings: { email: 1 },
    channels: { text: { email: 1 } },
  })
  t.match(ended, { findings: { email: 1 }, channels: { text: { email: 1 } } })
})

t.test(
  'an entry fits, whatever there is to say: the most frequent by name, the others counted',
  async (t) => {
    const counts = Object.fromEntries(detectors.map(({ name }, i) => [name, 1000 + i]))
    const names = ['text', 'reasoning', 'arguments', 'results', 'instructions', 'tools', 'other']
    const more = {
      findings: counts,
      channels: Object.fromEntries(names.map((name) => [name, counts])),
      structure: counts,
      mask: detectors.map(({ name }) => name),
      name: 'n'.repeat(128),
      opaque: Array.from({ length: 16 }, (_, i) => `messages[${i}].content[0] (image_url)`),
      reasons: Array.from({ length: 40 }, (_, i) => `reply-not-inspectable-${i}`),
    }
    const entry = decisionEntry(origin, decided(more), 'f'.repeat(64))
    t.ok(prepareLeaf(entry).text.length <= 2048)
    const sum = (found: FindingCounts): number => Object.values(found).reduce((all, n) => all + n, 0)
    t.equal(sum(entry.findings), sum(counts))
    for (const name of [...names, 'structure']) t.equal(sum(entry.channels?.[name] ?? {}), sum(counts), name)
    t.ok((entry.findings['others'] ?? 0) > 0)
    t.equal(
      entry.findings[detectors.at(-1)?.name ?? ''],
      1000 + detectors.length - 1,
      'the most frequent is named',
    )
    t.match(entry.inspected.request.at(-1), /^and \d+ more$/)
    t.match(entry.inspected.not?.at(-1), /^and \d+ more$/)
    t.match(entry.reasons?.at(-1), /^and \d+ more$/)
    t.equal(schemaFlaw(entry), undefined)
    const outcome = outcomeEntry(origin, decided(more), 'failed', {
      ...more,
      error: 'ERR_NOT_INSPECTABLE',
      upstreamStatus: 200,
      tokens: { input: 1e9, output: 1e9 },
    })
    t.ok(prepareLeaf(outcome).text.length <= 2048)
    t.equal(schemaFlaw(outcome), undefined)
  },
)

t.test('a channel has one of a few names, whatever its key', async (t) => {
  const named = {
    text: [
      'messages/0/content',
      '0/content',
      'text',
      'input',
      'message/content',
      'response',
      '0/output_text/',
      'e3/item/content',
    ],
    reasoning: ['0/reasoning_content', '1/thinking', '0/reasoning_summary_text/', 'output/0/summary'],
    arguments: [
      'messages/1/tool_calls/0/function/arguments',
      '0/tool_calls/0/function/arguments',
      '1/partial_json',
      'content/1/input',
      '2/function_call_arguments/',
    ],
    results: ['input/3/output'],
    instructions: ['system', 'instructions'],
    tools: ['tools/0/function/description'],
    other: ['metadata/ada@example.org', '', 'user'],
  }
  for (const [name, keys] of Object.entries(named))
    for (const key of keys) t.equal(channelName(key), name, key)
})
