// The keychain contract, on private files and on a real Secret Service; and where there is none.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { osKeychain } from '../../src/adapters/keyring/os-keychain.ts'
import { secretFile } from '../../src/adapters/secret-file/secret-file.ts'
import { asSluiceError, SluiceError } from '../../src/base/errors.ts'
import { chooseKeychain } from '../../src/login/choose-keychain.ts'
import { missingForSecretService, startSecretService } from '../integration/support/secret-service.ts'
import { keychainContract } from './keychain.ts'

const missing = missingForSecretService()
const skip = missing ?? false

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

t.test('the Secret Service', { skip }, async (t) => {
  await startSecretService(t)
  await keychainContract(t, osKeychain())
  const choice = await chooseKeychain({ open, before: undefined, allowFile: false })
  t.equal(choice.keychain.kind, 'keychain', 'it is chosen where there is one')
  t.equal(
    (await chooseKeychain({ open, before: 'keychain', allowFile: true })).keychain.kind,
    'file',
    'but when asked',
  )
})

t.test('no Secret Service, or none that is unlocked', { skip }, async (t) => {
  await startSecretService(t, { unlocked: false })
  const address = process.env['DBUS_SESSION_BUS_ADDRESS']
  for (const bus of [address, 'unix:path=/nonexistent']) {
    process.env['DBUS_SESSION_BUS_ADDRESS'] = bus
    await t.rejects(osKeychain().set('https://one.example', 'secret'), { code: 'ERR_KEYCHAIN' })
    const choice = await chooseKeychain({ open, before: undefined, allowFile: false })
    t.match(choice, { keychain: { kind: 'file' }, because: /keychain could not be written/ })
    await t.rejects(chooseKeychain({ open, before: 'keychain', allowFile: false }), {
      code: 'ERR_KEYCHAIN',
      nextSteps: ['Unlock it and try again.', 'sluice login --allow-file'],
    })
  }
})

async function open(kind: 'keychain' | 'file') {
  return kind === 'file' ? secretFile(join(tmpdir(), 'never-written')) : osKeychain()
}
