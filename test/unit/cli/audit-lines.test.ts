import t from 'tap'
import { entryLine } from '../../../src/cli/audit-lines.ts'
import { setColour } from '../../../src/cli/colour.ts'
import { parseSince } from '../../../src/cli/since.ts'
import type { Entry } from '../../../src/terms/entry.ts'
import { decision, outcomeOf } from '../../support/test-store.ts'

setColour(false)
const at = new Date(2026, 10, 23, 14, 2, 11)
const time = at.toISOString()
const line = (entry: Entry, name?: string) => entryLine(41, entry, name, at.getTime() + 60_000)

t.test('decisions: what was decided, of whom, and what was masked or not looked at', async (t) => {
  const allowed = decision({ time, findings: { 'aws-key': 1, email: 2 } })
  t.equal(
    line(allowed, 'ada@example.dev'),
    '14:02:11  #41    allow        qwen-coder  chat  ada@example.dev  masked aws-key, email',
  )
  const denied = decision({
    time,
    effect: 'deny',
    rule: 'nobody',
    reasons: ['of-another-version'],
    findings: {},
  })
  t.equal(
    line(denied, 'ada@example.dev'),
    '14:02:11  #41    deny         qwen-coder  chat  ada@example.dev  of-another-version (rule nobody)',
  )
  const why = (...reasons: string[]) => {
    const entry = decision({ time, effect: 'deny', rule: 'all', reasons, findings: {} })
    return line(entry, 'ada').split('ada  ')[1]
  }
  t.equal(why('not-inspectable'), 'part of it can’t be inspected (rule all)')
  const opaque = decision({
    time,
    effect: 'deny',
    rule: 'all',
    reasons: ['not-inspectable'],
    inspected: { request: [], reply: [], not: ['messages[0] (image_url)'] },
    findings: {},
  })
  t.match(line(opaque), 'part of it can’t be inspected (rule all)  namely: messages[0] (image_url)')
  t.equal(why('no-rule'), 'no rule lets them use it')
  t.equal(why(), 'rule all')
  const partly = decision({
    time,
    inspected: { request: [], reply: [], not: ['messages[0] (image_url)'] },
    findings: {},
  })
  t.match(line(partly), 'not inspected: messages[0] (image_url)')
  t.match(line(partly), 'sub_ada', 'the id, where the name is not known')
})

t.test('outcomes: how it ended, tokens and time', async (t) => {
  const of = decision({ time })
  const completed = { ...outcomeOf(of), tokens: { input: 412, output: 96 }, findings: { email: 1 } }
  t.equal(
    line(completed, 'ada@example.dev'),
    '14:02:11  #41    completed    qwen-coder  ada@example.dev  masked in the reply: email  412→96 tokens  1.8 s',
  )
  const some = (tokens: object) => line({ ...outcomeOf(of), tokens }, 'ada')
  t.match(some({ input: 11 }), 'ada  11 tokens in  1.8 s', 'what was not told is left out')
  t.match(some({ output: 7 }), 'ada  7 tokens out  1.8 s')
  t.match(some({}), 'ada  1.8 s')
  const failed = { ...outcomeOf(of, 'failed'), error: 'ERR_UPSTREAM_FAILED' }
  t.equal(line(failed, 'ada'), '14:02:11  #41    failed       qwen-coder  ada  ERR_UPSTREAM_FAILED  1.8 s')
})

t.test('refusals: what could not be decided, of whom, and why', async (t) => {
  const { exchange, session, subject, dialect, operation, v } = decision({ time })
  const refused = { kind: 'refusal', exchange, session, subject, dialect, operation, time, v } as const
  t.equal(
    line({ ...refused, error: 'ERR_REQUEST_INVALID' }, 'ada@example.dev'),
    '14:02:11  #41    refused      chat  ada@example.dev  ERR_REQUEST_INVALID',
  )
  t.equal(
    line({ ...refused, model: 'qwen-coder', error: 'ERR_CANCELLED' }, 'ada'),
    '14:02:11  #41    refused      qwen-coder  chat  ada  ERR_CANCELLED',
  )
})

t.test('sessions, sign-ins, the gateway’s own life, and kinds that are not known yet', async (t) => {
  const v = 1 as const
  const subject = 'sub_1'
  t.equal(
    line({ v, time, kind: 'session-opened', session: 'ses_1', subject, model: 'm' }, 'ada'),
    '14:02:11  #41    opened       session  m  ada',
  )
  t.equal(
    line({ v, time, kind: 'signed-in', signIn: 'sgn_1', subject }, 'ada'),
    '14:02:11  #41    signed in    ada',
  )
  t.equal(
    line({ v, time, kind: 'gateway-stopped', version: '0.1.0', policy: '' }),
    '14:02:11  #41    stopped      gateway  0.1.0',
  )
  t.equal(
    line({ v, time, kind: 'erased', subject } as unknown as Entry),
    '14:02:11  #41    erased       sub_1',
  )
})

t.test('sign-ins that were revoked, and subjects that were erased', async (t) => {
  const about = { v: 1, time, subject: 'sub_1' } as const
  const revoked = { ...about, kind: 'sign-in-revoked', signIn: 'sgn_1' } as const
  t.equal(
    line({ ...revoked, reason: 'token-reused' }, 'ada'),
    '14:02:11  #41    revoked      sign-in  ada  a token that was used up came again',
  )
  t.match(line({ ...revoked, reason: 'subject-erased' }), 'sub_1  who it was is erased')
  t.equal(
    line({ ...about, kind: 'subject-erased', by: 'sub_2' }),
    '14:02:11  #41    erased       whose it is  sub_1  by sub_2',
  )
  const [from, to] = ['gw.example/ledger+1a2b3c4d+AQ==', 'gw.example/ledger+5e6f7a8b+AQ==']
  t.equal(
    line({ v: 1, kind: 'key-rotated', time, from, to }),
    '14:02:11  #41    rotated      ledger’s key  1a2b3c4d → 5e6f7a8b',
  )
  const recovered = { v: 1, kind: 'ledger-recovered', time, restored: 30, reason: 'failed-over' } as const
  t.equal(line(recovered), '14:02:11  #41    recovered    ledger  lost: #30 on  failed-over')
  t.match(line({ ...recovered, lost: { size: 41, root: 'A' } }), 'lost: #30 to 40')
})

t.test('approvals: what was held, of whom, and who decided', async (t) => {
  const ids = { exchange: 'ex_1', session: 'ses_1', subject: 'sub_1' }
  const about = { v: 1, time, ...ids, decision: 40 } as const
  const until = new Date(at.getTime() + 600_000).toISOString()
  const lines: Record<string, Entry> = {
    'requested    approval  m  ada  #40  until 14:12': {
      ...about,
      kind: 'approval-requested',
      model: 'm',
      until,
    },
    'approved     request  ada  #40  by sub_2': {
      ...about,
      kind: 'approval-given',
      by: 'sub_2',
      covers: 'exchange',
    },
    'approved     request  ada  #40  by sub_2  and what is held alike in its session': {
      ...about,
      kind: 'approval-given',
      by: 'sub_2',
      covers: 'session',
    },
    'denied       request  ada  #40  by sub_2': { ...about, kind: 'approval-denied', by: 'sub_2' },
    'expired      approval  ada  #40  nobody decided in time': { ...about, kind: 'approval-expired' },
  }
  for (const [told, entry] of Object.entries(lines)) t.equal(line(entry, 'ada'), `14:02:11  #41    ${told}`)
})

t.test('recordings: whose, who saw or erased it, and why', async (t) => {
  const about = { v: 1, time, session: 'ses_1', subject: 'sub_1' } as const
  const whole = { ...about, parts: 3, digest: '' }
  const sealed = { digest: '', key: 'key_1', commitment: '' }
  const lines: Record<string, Entry> = {
    'sealed       recording  ada  part 2  the session has ended': {
      ...about,
      kind: 'recording-sealed',
      part: 2,
      sealed,
      reason: 'ended',
    },
    'viewed       recording  ada  by sub_2  as an auditor': {
      ...whole,
      kind: 'recording-viewed',
      by: 'sub_2',
      reason: 'audit',
    },
    'erased       recording  ada  its time was over': {
      ...whole,
      kind: 'recording-erased',
      reason: 'retention',
    },
    'erased       recording  ada  by sub_2  of-a-newer-gateway': {
      ...whole,
      kind: 'recording-erased',
      by: 'sub_2',
      reason: 'of-a-newer-gateway' as never,
    },
  }
  for (const [told, entry] of Object.entries(lines)) t.equal(line(entry, 'ada'), `14:02:11  #41    ${told}`)
})

t.test('an entry of another version is not guessed at', async (t) => {
  const later = { ...decision({ time }), v: 2 } as unknown as Entry
  t.equal(
    line(later, 'ada@example.dev'),
    '14:02:11  #41    entry        of version 2, which this sluice does not know; a newer one does',
  )
})

t.test('a day that is not today’s is named', async (t) => {
  t.match(entryLine(1, decision({ time }), 'ada', at.getTime() + 86_400_000), /^2026-11-23 14:02:11 {2}#1 /)
})

t.test('nothing that others wrote steers the terminal', async (t) => {
  const evil = '\u001b[2J\u202e\u0007'
  const entry = decision({
    time: evil,
    model: evil,
    operation: evil,
    rule: evil,
    effect: 'deny',
    reasons: [evil],
    findings: { [evil]: 1 },
  })
  const odd = { kind: evil, time, v: 1 } as unknown as Entry
  const failed = { ...outcomeOf(decision({ model: evil }), 'failed'), error: evil }
  for (const shown of [line(entry, evil), line(odd, evil), line(failed, evil)]) {
    t.notMatch(shown, /[\u0000-\u001f\u202e]/)
  }
})

t.test('a field of any type, or none, makes a line and steers nothing', async (t) => {
  const evil = '\u001b]0;pwned\u0007\u009b\u{e0041}'
  const odd = { toString: 1, valueOf: 1, [evil]: evil }
  const values = [evil, [evil], odd, null, 7, true, '__proto__', 'constructor']
  const wholes = [decision(), { ...outcomeOf(decision()), tokens: { input: 1, output: 2 } }]
  const kinds = [
    'refusal',
    'session-opened',
    'signed-in',
    'gateway-started',
    'gateway-stopped',
    'sign-in-revoked',
    'subject-erased',
    'key-rotated',
    'approval-requested',
    'approval-given',
    'approval-denied',
    'approval-expired',
    'recording-sealed',
    'recording-viewed',
    'recording-erased',
    'ledger-recovered',
    'erased',
  ]
  const entries: object[] = [...wholes, ...kinds.map((kind) => ({ v: 1, kind, time }))]
  for (const entry of entries) {
    const known = [
      'subject',
      'model',
      'version',
      'error',
      'reasons',
      'reason',
      'by',
      'decision',
      'until',
      'part',
    ]
    const names = new Set([...Object.keys(entry), ...known])
    for (const name of names) {
      const { [name]: _, ...without } = entry as Record<string, unknown>
      for (const altered of [without, ...values.map((value) => ({ ...entry, [name]: value }))]) {
        t.notMatch(line(altered as unknown as Entry), /[\u0000-\u001f\u007f-\u009f\u{e0041}]/u)
      }
    }
  }
  const tokens = { input: evil, output: odd }
  t.match(
    line({ ...wholes[1], tokens } as unknown as Entry),
    '\\u{1b}]0;pwned\\u{7}\\u{9b}\\u{e0041} tokens in',
  )
  t.match(line(decision({ inspected: { not: [odd, evil] } as never })), 'not inspected: \\u{1b}]0;')
})

t.test('--since takes a while or a time', async (t) => {
  const now = Date.parse('2026-11-23T14:00:00Z')
  t.equal(parseSince('90s', now), now - 90_000)
  t.equal(parseSince('30m', now), now - 1_800_000)
  t.equal(parseSince(' 1h ', now), now - 3_600_000)
  t.equal(parseSince('2d', now), now - 172_800_000)
  t.equal(parseSince('2026-11-23T13:00:00Z', now), now - 3_600_000)
  t.equal(parseSince('2026-11-23', now), Date.parse('2026-11-23'))
  for (const bad of ['', 'noon', '1', '1w', '-1h', '2026-99-99', '7']) {
    t.throws(() => parseSince(bad, now), { code: 'ERR_USAGE' }, bad)
  }
})
