import t from 'tap'
import { personOf } from '../../../src/adapters/openid-client/oidc-federation.ts'
import { subjectsIn } from '../../../src/identity/subjects.ts'
import { memoryRecords } from '../../integration/support/memory-records.ts'

const GRACE = {
  provider: 'https://idp.example',
  providerSubject: '42',
  name: 'grace@example.dev',
  groups: ['security'],
}

t.test('a person keeps one opaque id, whatever else changes', async (t) => {
  const records = memoryRecords()
  const subjects = subjectsIn(records, { auditor: ['security'] })
  const first = await subjects.remember(GRACE)
  t.match(first, { id: /^sub_\w{22}$/, ...GRACE, roles: ['auditor'] })
  const renamed = await subjects.remember({ ...GRACE, name: 'g.hopper@example.dev', groups: [] })
  t.equal(renamed.id, first.id)
  t.match(await subjects.find(first.id), { name: 'g.hopper@example.dev', groups: [], roles: [] })
  const elsewhere = await subjects.remember({ ...GRACE, provider: 'https://other.example' })
  t.not(elsewhere.id, first.id, 'the same identifier at another provider is another person')
  t.equal(await subjects.find('sub_unknown'), undefined)
})

t.test('roles follow the configuration in force', async (t) => {
  const records = memoryRecords()
  const { id } = await subjectsIn(records, { auditor: ['security'] }).remember(GRACE)
  t.same((await subjectsIn(records, { auditor: ['others'] }).find(id))?.roles, [])
})

t.test('what an ID token makes of a person', async (t) => {
  const issuer = { issuer: 'https://idp.example', groupsClaim: 'groups' }
  const claims = { sub: '42', name: 'Grace', preferred_username: 'grace', email: 'grace@example.dev' }
  t.equal(personOf(claims, issuer).name, 'grace@example.dev')
  t.equal(
    personOf({ ...claims, email_verified: false }, issuer).name,
    'grace',
    'not an address that may be another’s',
  )
  t.equal(personOf({ sub: '42', name: 'Grace' }, issuer).name, 'Grace')
  t.equal(personOf({ sub: '42' }, issuer).name, '42')
  t.same(personOf({ sub: '42', groups: ['a', 7, 'b'] }, issuer).groups, ['a', 'b'])
  t.same(personOf({ sub: '42', groups: 'a' }, issuer).groups, ['a'])
  t.same(personOf({ sub: '42', roles: ['a'] }, { ...issuer, groupsClaim: 'roles' }).groups, ['a'])
  t.throws(() => personOf({ email: 'grace@example.dev' }, issuer), { code: 'ERR_SIGN_IN_REFUSED' })
})
