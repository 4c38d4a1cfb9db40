// What opens something is nowhere but in the keychain and on its way to the gateway: looked for, by its value, in the
// arguments and environments of every process that a whole day's commands start, in every file, and in all output.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { osKeychain } from '../../src/adapters/keyring/os-keychain.ts'
import { readTokens, writeTokens } from '../../src/login/keychain.ts'
import { walkSignIn } from '../../src/demo/browserless.ts'
import { freePort } from '../support/free-port.ts'
import { site } from '../support/real-gateway.ts'
import { emptyHome, printedUrl, type Home, type Run } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { missingForSecretService, startSecretService } from './support/secret-service.ts'

t.setTimeout(180_000)

const missing = process.platform === 'linux' ? missingForSecretService() : 'needs /proc'
const CHUNK = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: 'Hello' }, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`

t.test('from login to logout', { skip: missing ?? false }, async (t) => {
  await startSecretService(t)
  const model = createHttpServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'text/event-stream').end(CHUNK))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => model.once('listening', resolve))
  t.teardown(() => model.close())
  const at = await site(t, `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`)
  const url = `http://127.0.0.1:${at.port}`
  // The gateway listens behind a wire that is tapped: what the CLI sends and gets there are the secrets to look for.
  const inner = await freePort()
  const yaml = readFileSync(at.configure(), 'utf8').replace(
    `listen: 127.0.0.1:${at.port}`,
    `listen: 127.0.0.1:${inner}`,
  )
  writeFileSync(join(at.home.folder, 'sluice.yaml'), yaml)
  const heard = await tap(t, at.port, inner)
  await at.start()

  const home = newHome(t)
  const seen = watchProcesses(t, home)
  const runs: Run[] = []
  const ended = async (run: Run, exit = 0): Promise<Run> => {
    runs.push(run)
    t.equal(await run.ended, exit, run.child.spawnargs.slice(2).join(' '))
    return run
  }

  const login = home.sluice('login', url)
  await walkSignIn(await printedUrl(login), { person: 'ada', password: at.provider.password })
  await ended(login)
  await until('the browser was opened', () => existsSync(join(home.folder, 'browser')))
  await ended(home.sluice('models'))
  await ended(
    home.sluice(
      'run',
      'm',
      '--verbose',
      '--',
      'sh',
      '-c',
      'env; tr "\\0" "\\n" </proc/$PPID/environ; sleep 0.5',
    ),
  )

  const keychain = osKeychain()
  const first = await readTokens(keychain, url)
  t.ok(first)
  if (first) await writeTokens(keychain, url, { ...first, accessTokenExpiresAt: Date.now() - 1 })
  await ended(home.sluice('whoami', '--verify'))
  t.not((await readTokens(keychain, url))?.accessToken, first?.accessToken, 'it was refreshed')

  const tunnel = home.sluice('connect', 'm', '--keyless')
  const [, address = ''] =
    /(http:\/\/127\.0\.0\.1:\d+)/.exec(await tunnel.prints(/http:\/\/127\.0\.0\.1:\d+/)) ?? []
  const chat = await fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
  })
  const reply = await chat.text()
  t.match(reply, 'Hello')
  await ended(home.sluice('env', 'm'))
  tunnel.child.kill('SIGTERM')
  await ended(tunnel)
  await ended(home.sluice('audit', 'tail', '--no-follow'))
  // Sign-ins that fail have tokens to lose, too.
  await ended(home.sluice('models', '--gateway', 'https://never.example'), 4)
  await ended(home.sluice('logout'))
  await ended(home.sluice('models'), 4)

  const secrets = secretsIn(heard())
  t.ok(
    secrets.size >= 6,
    `${secrets.size} secrets went over the wire: of a sign-in, of its refresh, and of two sessions`,
  )
  for (const token of [first?.accessToken, first?.refreshToken]) t.ok(secrets.has(token ?? ''))
  const places: Record<string, string> = {
    ...Object.fromEntries(
      runs.map((run, i) => [
        `output of ${i}: ${run.child.spawnargs.slice(2).join(' ')}`,
        run.stdout() + run.stderr(),
      ]),
    ),
    ...filesUnder(home.folder),
    ...filesUnder(at.home.folder, (path) => !path.includes('/store/')),
    'what the tool got': reply + JSON.stringify([...chat.headers]),
    ...seen(),
  }
  t.match(Object.keys(places).join('\n'), /state\.json/)
  t.match(Object.values(places).join('\n'), 'OPENAI_API_KEY=', 'the child of run was looked at')
  t.match(Object.keys(places).join('\n'), /process \d+: .*the-browser/, 'and the browser')
  const leaks = (among: Record<string, string>): string[] =>
    Object.keys(among).filter((place) => [...secrets].some((secret) => among[place]?.includes(secret)))
  t.same(leaks({ planted: `somewhere in ${first?.refreshToken}` }), ['planted'], 'one would be found')
  t.same(leaks(places), [], 'none is')
})

/** A home whose browser, temporary folder and caches are its own, with all debugging on. */
function newHome(t: Test): Home {
  const env: Record<string, string> = {
    DEBUG: '*',
    SLUICE_DEBUG: '1',
    DBUS_SESSION_BUS_ADDRESS: process.env['DBUS_SESSION_BUS_ADDRESS'] ?? '',
  }
  const home = emptyHome(t, env)
  for (const name of ['TMPDIR', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR'])
    mkdirSync((env[name] = join(home.folder, name.toLowerCase())))
  const browser = join(home.folder, 'the-browser')
  writeFileSync(
    browser,
    `#!/bin/sh\necho "$@" >"${home.folder}/browser"\nenv >>"${home.folder}/browser"\nsleep 0.5\n`,
    { mode: 0o755 },
  )
  env['BROWSER'] = browser
  return home
}

/** Relays a port to another, and keeps all that passes. */
async function tap(t: Test, from: number, to: number): Promise<() => string> {
  let heard = ''
  const relay = createServer((caller) => {
    const gateway = connect(to, '127.0.0.1')
    for (const [one, other] of [
      [caller, gateway],
      [gateway, caller],
    ] as const) {
      one.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')))
      one.on('error', () => other.destroy())
      one.pipe(other)
    }
  }).listen(from, '127.0.0.1')
  await new Promise((resolve) => relay.once('listening', resolve))
  t.teardown(() => relay.close())
  return () => heard
}

/** Everything that opens something: what was sent as a bearer, and what was issued. */
function secretsIn(heard: string): Set<string> {
  const sent = [...heard.matchAll(/authorization: Bearer ([\w.~+/=-]+)/gi)].map(([, token = '']) => token)
  const issued = [...heard.matchAll(/"(?:access_token|refresh_token|id_token|token)":"([^"]+)"/g)].map(
    ([, token = '']) => token,
  )
  const proofs = [...heard.matchAll(/(?:code_verifier|refresh_token|token)=([\w.~%-]{20,})/g)].map(
    ([, value = '']) => value,
  )
  return new Set([...sent, ...issued, ...proofs].filter((secret) => secret.length >= 20))
}

/** Keeps arguments and environment of every process that the home's commands start. */
function watchProcesses(t: Test, home: Home): () => Record<string, string> {
  const seen: Record<string, string> = {}
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const [environ, cmdline] = [read(`/proc/${pid}/environ`), read(`/proc/${pid}/cmdline`)]
      if (environ.includes(home.folder) || cmdline.includes(home.folder))
        seen[`process ${pid}: ${cmdline.replaceAll('\0', ' ')}`] = `${cmdline}\n${environ}`
    }
  }
  const timer = setInterval(look, 25)
  t.teardown(() => clearInterval(timer))
  return () => (clearInterval(timer), seen)
}

function filesUnder(folder: string, wanted: (path: string) => boolean = () => true): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const paths = names.map(({ parentPath, name }) => join(parentPath, name)).filter(wanted)
  return Object.fromEntries(paths.map((path) => [path, read(path)]))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
