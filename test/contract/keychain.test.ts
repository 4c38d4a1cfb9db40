// The keychain contract, on private files and on a real Secret Service; and what is said where there is none, or none that answers.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { osKeychain } from '../../src/adapters/keyring/os-keychain.ts'
import { reasonOf } from '../../src/adapters/keyring/reasons.ts'
import { secretFile } from '../../src/adapters/secret-file/secret-file.ts'
import { asSluiceError, SluiceError } from '../../src/base/errors.ts'
import { chooseKeychain } from '../../src/login/choose-keychain.ts'
import { readTokens, writeTokens } from '../../src/login/keychain.ts'
import { missingForSecretService, startSecretService } from '../integration/support/secret-service.ts'
import { neverAnswerPrompts } from '../integration/support/unanswered-prompt.ts'
import { until } from '../support/until.ts'
import { keychainContract } from './keychain.ts'

// Some of these wait for as long as the system's own patience lasts.
t.setTimeout(120_000)

const missing = missingForSecretService()
const skip = missing ?? false
const PATIENT = 20_000
const ASK_KEYCHAIN = fileURLToPath(new URL('../integration/support/ask-keychain.ts', import.meta.url))

t.test('private files', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-secrets-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const keychain = secretFile(join(folder, 'secrets'))
  await keychainContract(t, keychain)
  await keychain.set('https://one.example', 'secret')
  const path = keychain.pathOf('https://one.example')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(statSync(join(folder, 'secrets')).mode & 0o777, 0o700)
  chmodSync(path, 0o644)
  await t.rejects(keychain.get('https://one.example'), {
    code: 'ERR_KEYCHAIN',
    message: /open to other users/,
    nextSteps: [
      `chmod 600 ${path}`,
      'If another user may have read it, sign in anew: sluice logout, then sluice login.',
    ],
  })
  const spaced = secretFile(join(folder, "Ada's own"))
  await spaced.set('https://one.example', 'secret')
  chmodSync(spaced.pathOf('https://one.example'), 0o644)
  const refused = await spaced.get('https://one.example').catch(asSluiceError)
  if (refused instanceof SluiceError) execFileSync('sh', ['-c', refused.nextSteps[0] ?? ''])
  t.equal(await spaced.get('https://one.example'), 'secret', 'what it says to run mends it')
})

t.test('private files that are not ours alone', { skip: process.platform === 'win32' }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-secrets-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o777)
  const keychain = secretFile(folder)
  await keychain.set('https://one.example', 'secret')
  t.equal(statSync(folder).mode & 0o777, 0o700, 'nobody else can put another file in its place')
  if (process.getuid?.() === 0) {
    chownSync(keychain.pathOf('https://one.example'), 65534, 65534)
    await t.rejects(keychain.get('https://one.example'), { code: 'ERR_KEYCHAIN', message: /another user/ })
  }
  const inTheWay = secretFile(join(keychain.pathOf('https://one.example'), 'secrets'))
  const expected = { code: 'ERR_KEYCHAIN', message: /\(ENOTDIR\)/, nextSteps: [/permissions of its folder/] }
  await t.rejects(inTheWay.set('https://two.example', 'secret'), expected)
  await t.rejects(inTheWay.get('https://two.example'), expected)
})

t.test('the Secret Service', { skip }, async (t) => {
  await startSecretService(t)
  await keychainContract(t, osKeychain())
  const choice = await chooseKeychain({ open, usedBefore: false, allowFile: false })
  t.equal(choice.keychain.kind, 'keychain', 'it is chosen where there is one')
  t.equal(
    (await chooseKeychain({ open, usedBefore: true, allowFile: true })).keychain.kind,
    'file',
    'but when asked',
  )
})

t.test('no bus', { skip }, async (t) => {
  await startSecretService(t, { unlocked: false })
  process.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent'
  await refusesAll(t, /no Secret Service runs here\.$/, /^Start a keyring/)
})

t.test('a bus, and no keyring that is made yet', { skip }, async (t) => {
  await startSecretService(t, { unlocked: false })
  const why = /(no Secret Service runs here|it is locked, or holds no keyring yet)\.$/
  await refusesAll(t, why, /^(Start a keyring|Unlock it)/, ['set'])
})

t.test('locked', { skip }, async (t) => {
  const service = await startSecretService(t)
  t.match(await ask(PATIENT, 'set', 'get'), { answers: [{}, { answer: 'secret' }], exit: 0 })
  service.lock()
  await refusesAll(t, /it is locked, or holds no keyring yet\.$/, /^Unlock it/)
})

t.test('gone between two commands', { skip }, async (t) => {
  const service = await startSecretService(t)
  t.match(await ask(PATIENT, 'set'), { exit: 0 })
  service.end()
  await refusesAll(
    t,
    /(no Secret Service runs here|it is locked, or holds no keyring yet)\.$/,
    /^(Start|Unlock)/,
    ['set'],
  )
})

t.test('stopped, as if it hung', { skip }, async (t) => {
  const service = await startSecretService(t)
  service.pause()
  await refusesAll(t, /it does not answer\.$/, /^Look for a window/)
  service.goOn()
  await until('it answers again', async () => (await ask(PATIENT, 'set')).exit === 0)
})

t.test('a window that asks for the password, and nobody answers', { skip }, async (t) => {
  const service = await startSecretService(t)
  t.match(await ask(PATIENT, 'set'), { exit: 0 })
  const { asked } = await neverAnswerPrompts(t)
  service.lock()
  const [{ answers, exit }] = await Promise.all([ask(500, 'get', 'set'), asked])
  const silent = { code: 'ERR_KEYCHAIN', message: /it does not answer\.$/ }
  t.match(answers, [silent, silent], 'a second question is not begun')
  t.equal(exit, 77, 'the process ends although the system still waits')
})

interface Said {
  readonly answers: readonly {
    readonly code?: string
    readonly message?: string
    readonly answer?: unknown
  }[]
  readonly exit: number
}

/** What a process of its own is told by the keychain of the bus that is set. */
async function ask(patienceMs: number, ...verbs: string[]): Promise<Said> {
  const child = spawn(process.execPath, [ASK_KEYCHAIN, String(patienceMs), ...verbs], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (text) => (said += text))
  const [exit] = (await once(child, 'close')) as [number]
  return {
    answers: said
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Said['answers'][number]),
    exit,
  }
}

async function refusesAll(
  t: Test,
  why: RegExp,
  nextStep: RegExp,
  verbs: readonly string[] = ['get', 'set', 'remove'],
): Promise<void> {
  const { answers, exit } = await ask(PATIENT, ...verbs, 'choose-again', 'choose')
  const refusal = { code: 'ERR_KEYCHAIN', message: why, nextSteps: [nextStep, /sluice login --allow-file$/] }
  const choosing = [
    { ...refusal, message: /It was used before, so no file takes its place unasked\.$/ },
    { answer: { kind: 'file', because: why } },
  ]
  t.match(answers, [...verbs.map(() => refusal), ...choosing])
  t.equal(exit, 77)
}

t.test('a secret that is too large, as Windows says it', async (t) => {
  const message = "Attribute 'password' is longer than the platform limit of 2560 chars"
  t.match(reasonOf(new Error(message)), { why: 'the secret is too large for it' })
})

t.test('what is kept and can not be read as a sign-in', async (t) => {
  const gateway = 'https://one.example'
  const folder = mkdtempSync(join(tmpdir(), 'sluice-secrets-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const keychain = secretFile(folder)
  const tokens = { accessToken: 'a', accessTokenExpiresAt: 1, refreshToken: 'r', signInExpiresAt: 2 }
  await writeTokens(keychain, gateway, tokens)
  t.match(await readTokens(keychain, gateway), tokens)
  for (const text of ['', 'null', '{', '"x"', '{"v":1}', '\u0000', JSON.stringify({ ...tokens, v: 0 })]) {
    await keychain.set(gateway, text)
    await t.rejects(readTokens(keychain, gateway), {
      code: 'ERR_KEYCHAIN',
      message: `The sign-in that the file holds for ${gateway} is damaged.`,
      nextSteps: [`sluice login ${gateway}`],
    })
  }
  await keychain.set(gateway, JSON.stringify({ ...tokens, v: 2, accessToken: { sealed: 'x' } }))
  await t.rejects(readTokens(keychain, gateway), {
    message: /was written by a newer sluice \(version 2, this one knows 1\)/,
  })
})

async function open(kind: 'keychain' | 'file') {
  return kind === 'file' ? secretFile(join(tmpdir(), 'never-written')) : osKeychain()
}
