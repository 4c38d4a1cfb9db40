// A database on another machine: its server's certificate is verified, authority, name and time, before it is told anything.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { databaseRefusal } from '../../src/adapters/sql/postgres/inspect-store.ts'
import { asSluiceError } from '../../src/base/errors.ts'
import { makeAuthority, noOpenssl } from '../support/certificate.ts'
import { startPostgres } from '../support/postgres.ts'
import { decision, openPostgresStore, ORIGIN } from '../support/test-store.ts'

t.setTimeout(120_000)

type Told = readonly [message: RegExp, nextStep: RegExp]
const NOT_TRUSTED: Told = [/its certificate is not trusted \(/, /sslrootcert=PATH/]
const OF_ANOTHER_HOST: Told = [/its certificate is for another host \(/, /Name the host in "store"/]

t.test('verify-full', { skip: noOpenssl }, async (t) => {
  const folder = t.testdir({ other: {} })
  const authority = makeAuthority(folder, 'authority')
  const other = makeAuthority(join(folder, 'other'), 'authority')
  const server = await startPostgres()
  t.teardown(() => server.stop())
  await server.speakTls(authority.sign('IP:127.0.0.1'))
  const url = `${await server.database()}?sslmode=verify-full`
  const trusting = (path: string) => `${url}&sslrootcert=${encodeURIComponent(path)}`
  const byName = (address: string) => address.replace('@127.0.0.1:', '@localhost:')

  const works = async (t: Test, address: string) => {
    const store = await openPostgresStore({ url: address, keyPath: join(folder, 'ledger.key') })
    await store.log.append([decision({ effect: 'deny' })])
    const connections = await server.run(
      "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'sluice'",
    )
    t.same(connections, [{ ssl: true }, { ssl: true }], 'to read and to write')
    await store.close()
  }
  const refused = async (t: Test, address: string, [message, nextStep]: Told) => {
    const keyPath = join(folder, 'ledger.key')
    const started = await openPostgresStore({ url: address, keyPath }).then(
      async ({ close }) => (await close(), undefined),
      asSluiceError,
    )
    const checked = await databaseRefusal({ url: address, keyPath, origin: ORIGIN, now: Date.now() })
    for (const [who, error] of Object.entries({ started, checked })) {
      t.match(error, { code: 'ERR_STORE', message, nextSteps: [nextStep] }, who)
      t.notMatch(JSON.stringify([error?.message, error?.nextSteps]), 'of-the-tests', 'no password is told')
    }
  }

  await t.test('a server by its address, and by its name', async (t) => {
    await works(t, trusting(authority.cert))
    await server.speakTls(authority.sign('DNS:localhost'))
    await works(t, byName(trusting(authority.cert)))
  })
  await t.test('of another name', async (t) => {
    await refused(t, trusting(authority.cert), OF_ANOTHER_HOST)
    await server.speakTls(authority.sign('DNS:db.example.com'))
    await refused(t, byName(trusting(authority.cert)), OF_ANOTHER_HOST)
  })
  await t.test('of an authority that is not the one, or that nobody has named', async (t) => {
    await server.speakTls(authority.sign('IP:127.0.0.1'))
    await refused(t, trusting(other.cert), NOT_TRUSTED)
    await refused(t, url, NOT_TRUSTED)
  })
  await t.test('whose time is over', async (t) => {
    await server.speakTls(authority.sign('IP:127.0.0.1', -1))
    await refused(t, trusting(authority.cert), [
      /its certificate is not valid now \(/,
      /Renew the certificate/,
    ])
  })
  await t.test('an authority whose file is not there, or is something else', async (t) => {
    await server.speakTls(authority.sign('IP:127.0.0.1'))
    const gone = [
      /authority of the database's certificate can't be read: .*gone\.pem\.$/,
      /PEM file/,
    ] as const
    await refused(t, trusting(join(folder, 'gone.pem')), gone)
    await refused(t, trusting(join(folder, 'ledger.key')), NOT_TRUSTED)
    await works(t, trusting(authority.cert))
  })
})
