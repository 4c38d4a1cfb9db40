// What every keychain promises, whichever keeps the secrets.
import type { Test } from 'tap'
import type { Keychain } from '../../src/login/keychain.ts'

export async function keychainContract(t: Test, keychain: Keychain): Promise<void> {
  const [one, two] = ['https://one.example', 'https://two.example:8443']
  t.equal(await keychain.get(one), undefined, 'there is nothing before something is set')
  await keychain.remove(one)
  const secret = JSON.stringify({ token: 'x'.repeat(2_400), name: 'Ada “é” 🔑' })
  t.ok(Buffer.byteLength(secret) <= 2_500)
  await keychain.set(one, secret)
  t.equal(await keychain.get(one), secret, 'what was set comes back, to the byte')
  await keychain.set(one, 'another')
  t.equal(await keychain.get(one), 'another', 'setting replaces')
  await keychain.set(two, 'of two')
  await keychain.remove(one)
  t.equal(await keychain.get(one), undefined, 'what was removed is gone')
  t.equal(await keychain.get(two), 'of two', 'and nothing else is')
  await keychain.remove(two)
}
