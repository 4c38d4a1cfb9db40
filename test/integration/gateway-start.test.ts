// What keeps a gateway from starting, told by the real binary; and `gateway check`, which says so beforehand.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { listenAt } from '../../src/gateway/listen.ts'
import { walkSignIn } from '../../src/demo/browserless.ts'
import { makeCertificate, noOpenssl } from '../support/certificate.ts'
import { freePort } from '../support/free-port.ts'
import { site } from '../support/real-gateway.ts'
import { decision, openTestStore } from '../support/test-store.ts'
import { until } from '../support/until.ts'

// Many runs of the binary, each its own start of Node.
t.setTimeout(180_000)

const linux = process.platform === 'linux'
const at = await site(t, 'http://127.0.0.1:9/v1')
const store = join(at.home.folder, 'store')

async function check(): Promise<{ ok: boolean; problems: { message: string }[]; notNow: unknown[] }> {
  const run = at.home.sluice('gateway', 'check', '--json')
  t.equal(await run.ended, 0)
  return JSON.parse(run.stdout())
}

t.test('check finds nothing in the way, and leaves nothing behind', async (t) => {
  t.same((await check()).notNow, [])
  t.notOk(existsSync(store))
})

t.test('a gateway that runs is named by check, and by a second start', async (t) => {
  const first = await at.start()
  const pid = linux ? ` (pid ${first.child.pid})` : ''
  const { notNow } = await check()
  t.match(notNow, [
    { code: 'ERR_STORE', message: `Another gateway${pid} is using the store in ` },
    { code: 'ERR_PORT_IN_USE', message: `Port ${at.port} on 127.0.0.1 is in use by ` },
  ])
  if (linux) t.match((notNow[1] as { message: string }).message, pid)
  const people = at.home.sluice('gateway', 'check', '--quiet')
  t.equal(await people.ended, 0)
  t.match(people.stderr(), /^Not now {2}Another gateway.*\n {2}→ Stop the other gateway/m)

  const second = at.home.sluice('gateway', 'start')
  t.equal(await second.ended, 74)
  t.match(second.stderr(), `Error: Another gateway${pid} is using the store in`)
  first.child.kill('SIGTERM')
  t.equal(await first.ended, 0)
  t.same((await check()).notNow, [], 'what was checked is as before')
})

t.test('a port that another program has is told with the line that sets it', async (t) => {
  const other = createServer().listen(at.port, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const start = at.home.sluice('gateway', 'start')
  t.equal(await start.ended, 73)
  const holder = linux ? `\\S+ .*\\(pid ${process.pid}\\)` : 'another program'
  t.match(
    start.stderr(),
    new RegExp(
      `^Error: Port ${at.port} on 127\\.0\\.0\\.1 is in use by ${holder}\\.\n  → Stop .*"listen" \\(sluice\\.yaml:1:9\\)\\.\n`,
      'm',
    ),
  )
  await new Promise((resolve) => other.close(resolve))
})

t.test('another port after a first try that found one taken: the store goes along', async (t) => {
  const at = await site(t, 'http://127.0.0.1:9/v1')
  const other = createServer().listen(at.port, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  t.teardown(() => other.close())
  t.equal(await at.home.sluice('gateway', 'start').ended, 73)
  const file = join(at.home.folder, 'sluice.yaml')
  const port = await freePort()
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`127.0.0.1:${at.port}`, `127.0.0.1:${port}`))
  const moved = await at.start()
  t.match(moved.stdout(), `Ledger    127.0.0.1:${port}/ledger+`)
  moved.child.kill('SIGTERM')
  t.equal(await moved.ended, 0)

  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`127.0.0.1:${port}`, '127.0.0.1:9'))
  const check = at.home.sluice('gateway', 'check')
  t.equal(await check.ended, 0)
  t.match(
    check.stderr(),
    /Not now {2}The ledger's signing key belongs to another origin: /,
    'once it has served, no more',
  )
})

t.test('a provider that is down, and people without a group, as operator and caller are told', async (t) => {
  const at = await site(t, 'http://127.0.0.1:9/v1')
  const file = join(at.home.folder, 'sluice.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace(', groups]', ']'))
  const run = await at.start()
  await at.signIn()
  const models = at.home.sluice('models')
  t.equal(await models.ended, 0)
  t.match(models.stderr(), '→ Ask its operator for access; your groups there: sluice whoami --verify')
  const whoami = at.home.sluice('whoami', '--verify')
  t.equal(await whoami.ended, 0)
  t.match(whoami.stdout(), 'Groups  none')
  run.child.kill('SIGTERM')
  t.equal(await run.ended, 0)

  await at.provider.close()
  const again = await at.start()
  const login = at.home.sluice('login', '--no-browser')
  const url = (): string | undefined => /(http:\S+\?user_code=\S+)\s/.exec(login.stderr())?.[1]
  await until('the terminal shows where to sign in', () => url() !== undefined)
  const page = await walkSignIn(url() as string, { person: 'ada', password: '' })
  t.match(page.html, /can’t be reached\. Try again in a moment, or tell whoever runs the gateway\./)
  await until('the log says why', () => again.stderr().includes('sign-in failed'))
  t.match(
    again.stderr(),
    /"level":40,.*"code":"ERR_UPSTREAM_UNREACHABLE","reason":"The identity provider http:/,
  )
})

t.test('an address that is not ours', async (t) => {
  at.configure('behind_tls_proxy: true', { host: '192.0.2.1', scheme: 'https' })
  const start = at.home.sluice('gateway', 'start')
  t.equal(await start.ended, 3)
  t.match(start.stderr(), /Error: 192\.0\.2\.1 is not an address of this machine\./)
  t.match(start.stderr(), /"listen" \(sluice\.yaml:1:9\): .*127\.0\.0\.1.*; or 0\.0\.0\.0 for all\./)
  at.configure()
})

t.test('a port that wants a privilege, a name that leads nowhere', async (t) => {
  // Not to be had of every system: the error is the one that Linux gives.
  const server = createServer()
  server.listen = () => {
    queueMicrotask(() => server.emit('error', Object.assign(new Error('listen'), { code: 'EACCES' })))
    return server
  }
  await t.rejects(listenAt(server, { host: '0.0.0.0', port: 80, setAt: 'sluice.yaml:1:9' }), {
    code: 'ERR_CONFIG',
    message: /^Port 80 on 0\.0\.0\.0 is not this user's to take/,
    nextSteps: [/from 1024 up in "listen" \(sluice\.yaml:1:9\)/, /CAP_NET_BIND_SERVICE/],
  })
  await t.rejects(listenAt(createServer(), { host: 'gateway.invalid', port: 0 }), {
    code: 'ERR_CONFIG',
    message: /^The name gateway\.invalid leads to no address\./,
  })
})

t.test('a clock that does not go with the newest entry', async (t) => {
  const origin = `127.0.0.1:${at.port}/ledger`
  const wrong = await openTestStore({ folder: store, origin })
  await wrong.log.append([decision({ effect: 'deny', time: '2090-01-01T00:00:00.000Z' })])
  await wrong.close()
  t.match((await check()).notNow, [{ code: 'ERR_CLOCK' }])
  const start = at.home.sluice('gateway', 'start')
  t.equal(await start.ended, 71)
  t.match(
    start.stderr(),
    /clock says 20\d\d-\S+Z, \d+ days before the newest entry of the ledger, of 2090-01-01T00:00:00\.000Z\./,
  )
  t.match(
    start.stderr(),
    /→ Set the clock.*\n {2}→ Or, where it is right: sluice gateway start --accept-clock\n/,
  )
  for (const flags of [['--accept-clock'], []]) {
    const run = at.home.sluice('gateway', 'start', ...flags)
    await run.prints('Ledger ')
    run.child.kill('SIGTERM')
    t.equal(await run.ended, 0, 'and from then on without the flag')
  }
})

t.test('a store that belongs to another user', { skip: process.platform === 'win32' }, async (t) => {
  // Root may do everything; another user can't give a folder away.
  const root = process.getuid?.() === 0
  const as = root ? ['setpriv', '--reuid=65534', '--clear-groups'] : []
  if (root) for (const folder of [at.home.folder, store]) chmodSync(folder, 0o755)
  else chmodSync(store, 0o500)
  const start = at.home.sluiceUnder(as, 'gateway', 'start')
  t.equal(await start.ended, 74)
  t.match(
    start.stderr(),
    /The store in \S+ can't be opened: this user may not write it.*\((EACCES|EPERM|SQLITE_\w+)\)/,
  )
  if (root) t.match(start.stderr(), 'it belongs to the user id 0, not 65534')
  t.match(start.stderr(), /→ Give the folder and its files to the user that the gateway runs as/)
  chmodSync(store, 0o700)
})

t.test('certificates: of another key, over, not of our name, unreadable', { skip: noOpenssl }, async (t) => {
  const { folder } = at.home
  const [one, two] = [makeCertificate(folder, 'one'), makeCertificate(folder, 'two')]
  const tls = async (cert: string, key: string, scheme: 'https' = 'https') => {
    at.configure(`tls: { cert: ${cert}, key: ${key} }`, { scheme })
    const run = at.home.sluice('gateway', 'check')
    return { exit: await run.ended, said: run.stderr() }
  }
  t.match(await tls(one.cert, two.key), {
    exit: 3,
    said: /sluice\.yaml:\d+:\d+ {2}tls\.key: does not belong to the certificate/,
  })
  t.match(await tls(one.key, one.key), { exit: 3, said: /tls\.cert: must be a certificate in PEM/ })
  t.match(await tls(folder, one.key), { exit: 3, said: /tls\.cert: the file \S+ is a folder/ })
  t.match(await tls(one.cert, 'missing.key'), {
    exit: 3,
    said: /tls\.key: the file \S+missing\.key does not exist/,
  })
  const sound = await tls(one.cert, one.key)
  t.equal(sound.exit, 0)
  t.notMatch(sound.said, 'tls.')

  const request = join(folder, 'request.csr')
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })
  openssl('req', '-new', '-key', one.key, '-subj', '/CN=old.example', '-out', request)
  openssl('x509', '-req', '-in', request, '-signkey', one.key, '-days', '-1', '-out', one.cert)
  const old = await tls(one.cert, one.key)
  t.equal(old.exit, 0, 'it is a warning')
  t.match(old.said, /Warning {2}.*tls\.cert: the certificate ended on \d{4}-\d\d-\d\d/)
  t.match(old.said, /tls\.cert: the certificate is not one for 127\.0\.0\.1, the host of public_url/)
  writeFileSync(one.key, readFileSync(one.key, 'utf8').replace(/[A-Za-z0-9]{20}/, 'not a key'))
  t.match(await tls(one.cert, one.key), { exit: 3, said: /tls\.key: must be a private key in PEM/ })
  at.configure()
})
