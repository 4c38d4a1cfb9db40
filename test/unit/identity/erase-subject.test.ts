// Who may erase a subject, and what is left where it could not be put on record.
import t from 'tap'
import { eraseSubject } from '../../../src/identity/erase-subject.ts'
import { signInsIn } from '../../../src/identity/sign-ins.ts'
import { subjectsIn } from '../../../src/identity/subjects.ts'
import type { Role } from '../../../src/terms/subject.ts'
import { memoryRecords } from '../../integration/support/memory-records.ts'

const ADA = { provider: 'https://idp', providerSubject: 'ada', name: 'ada@example.dev', groups: [] }
const GRACE = { provider: 'https://idp', providerSubject: 'grace', name: 'grace@example.dev', groups: [] }

async function setUp() {
  const clock = { time: Date.now(), now: () => clock.time }
  const records = memoryRecords(clock)
  const events: string[] = []
  const subjects = subjectsIn(records, {})
  const signIns = signInsIn({
    records,
    clock,
    lifetimeMs: 3_600_000,
    onEvent: (entry, { id }, reason) => void events.push([entry, id, reason].join(' ').trim()),
  })
  const [ada, grace] = [await subjects.remember(ADA), await subjects.remember(GRACE)]
  await signIns.begin({ id: 'sgn_ada', subject: ada.id, machine: 'm', address: 'a' })
  await signIns.begin({ id: 'sgn_grace', subject: grace.id, machine: 'm', address: 'a' })
  const parts = {
    subjects,
    signIns,
    clock,
    signInMs: 3_600_000,
    signInsOf: async () => ['sgn_before', 'sgn_ada'],
    record: async (subject: string, by: string) => events.push(`erased ${subject} by ${by}`),
  }
  const by = (...roles: Role[]) => ({
    subject: { ...grace, roles },
    signIn: 'sgn_grace',
    session: 'ses_1',
    scope: 'cli' as const,
    expiresAt: clock.time + 1_000,
  })
  return { clock, events, parts, ada, grace, subjects, signIns, by, records }
}

t.test('by an eraser who has just signed in', async (t) => {
  const { parts, by, ada, grace, events, subjects, signIns, records } = await setUp()
  await eraseSubject(parts, by('eraser'), ada.id)
  t.same(events.slice(2), ['sign-in-revoked sgn_ada subject-erased', `erased ${ada.id} by ${grace.id}`])
  t.equal(await subjects.find(ada.id), undefined)
  t.equal(await signIns.find('sgn_ada'), undefined)
  t.notMatch(records.dump(), 'ada@example.dev')
  t.not((await subjects.remember(ADA)).id, ada.id, 'there is no way back to the id')
  t.match(await subjects.find(grace.id), { name: 'grace@example.dev' })
})

t.test('by nobody else', async (t) => {
  const { parts, by, ada, clock, events, subjects } = await setUp()
  await t.rejects(eraseSubject(parts, by('auditor'), ada.id), {
    code: 'ERR_FORBIDDEN',
    message: /role eraser/,
  })
  await t.rejects(eraseSubject(parts, by('eraser'), 'sub_nobody'), { code: 'ERR_NOT_FOUND' })
  clock.time += 600_001
  await t.rejects(eraseSubject(parts, by('eraser'), ada.id), {
    code: 'ERR_FORBIDDEN',
    message: /10 minutes/,
    nextSteps: ['sluice login'],
  })
  t.equal(events.length, 2)
  t.ok(await subjects.find(ada.id))
})

t.test('what can’t be put on record is not erased', async (t) => {
  const { parts, by, ada, subjects } = await setUp()
  const record = () => Promise.reject(new Error('the ledger is full'))
  await t.rejects(eraseSubject({ ...parts, record }, by('eraser'), ada.id), { message: 'the ledger is full' })
  t.ok(await subjects.find(ada.id))
})
