import t from 'tap'
import { createPolicy, type Rule } from '../../../src/policy/policy.ts'
import type { Facts } from '../../../src/terms/decision.ts'

const mask = { request: ['personal'], reply: ['email'] }
const detectors = { request: ['email', 'phone'], reply: ['email'] }
const nothing = { request: [], reply: [] }
const rules: Rule[] = [
  { name: 'ops see all', models: ['small'], groups: ['ops'], mask: nothing, detectors: nothing },
  { name: 'engineers', models: ['small', 'large'], groups: ['engineering', 'ops'], mask, detectors },
  { name: 'everyone', models: ['public'], groups: ['*'], mask, detectors },
]
const policy = createPolicy(rules)
const facts = (more: Partial<Facts> = {}): Facts => ({
  subjectGroups: ['engineering'],
  model: 'large',
  dialect: 'openai-chat',
  operation: 'chat',
  stream: false,
  findings: {},
  channels: {},
  structure: {},
  opaque: nothing,
  beyond: [],
  ...more,
})

t.test('the first rule that names the model and a group decides', (t) => {
  t.match(policy.evaluate(facts()), {
    effect: 'allow',
    rule: 'engineers',
    obligations: [{ direction: 'request', detectors: ['email', 'phone'] }, { direction: 'reply' }],
  })
  t.match(policy.evaluate(facts({ model: 'small', subjectGroups: ['ops', 'engineering'] })), {
    rule: 'ops see all',
    obligations: [],
  })
  t.match(policy.evaluate(facts({ model: 'public', subjectGroups: [] })), {
    effect: 'allow',
    rule: 'everyone',
  })
  t.match(policy.evaluate(facts({ subjectGroups: [] })), { effect: 'deny', reasons: [{ code: 'no-rule' }] })
  t.match(policy.evaluate(facts({ model: 'elsewhere' })), { effect: 'deny' })
  t.same(
    [policy.allows(['ops'], 'small'), policy.allows([], 'small'), policy.allows([], 'public')],
    [true, false, true],
  )
  t.end()
})

t.test('what reaches beyond the exchange does not pass, masked or not', (t) => {
  for (const who of [{}, { model: 'small', subjectGroups: ['ops'] }]) {
    t.match(policy.evaluate(facts({ beyond: ['web_search_options'], ...who })), {
      effect: 'deny',
      reasons: [{ code: 'beyond-exchange', message: /web_search_options/ }],
    })
  }
  t.end()
})

t.test('what a mask in force can not look into does not pass; without a mask it does', (t) => {
  const image = { request: ['messages[0].content[0] (image_url)'], reply: [] }
  t.match(policy.evaluate(facts({ opaque: image })), {
    effect: 'deny',
    reasons: [{ code: 'not-inspectable' }],
  })
  t.match(policy.evaluate(facts({ opaque: { request: [], reply: ['logprobs'] } })), {
    effect: 'deny',
    reasons: [{ code: 'reply-not-inspectable' }],
  })
  t.match(policy.evaluate(facts({ opaque: image, model: 'small', subjectGroups: ['ops'] })), {
    effect: 'allow',
  })
  t.match(policy.evaluate(facts({ structure: { email: 1 } })), {
    effect: 'deny',
    reasons: [{ code: 'finding-in-structure' }],
  })
  t.end()
})

t.test('needs name the detectors to run, and the policy’s own words for them', (t) => {
  t.match(policy.needs(['engineering'], 'large'), { detectors, mask })
  t.same(policy.needs([], 'large').detectors, nothing)
  t.end()
})
