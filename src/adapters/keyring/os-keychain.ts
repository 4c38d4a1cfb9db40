// The operating system's keychain: macOS Keychain, Windows Credential Manager, the Secret Service of a Linux desktop.
import { AsyncEntry } from '@napi-rs/keyring'
import { SluiceError } from '../../base/errors.ts'
import type { Keychain } from '../../login/keychain.ts'
import { reasonOf, SILENT } from './reasons.ts'

const SERVICE = 'sluice'
/** Long enough for a person to unlock a keyring that asks. */
const PATIENCE_MS = 60_000

// A call can't be taken back from the system, and each takes a thread: while one hangs, no other is begun.
const hanging = new Set<Promise<unknown>>()

/** The keychain; every verb rejects with ERR_KEYCHAIN where there is none, it stays locked, or it does not answer. */
export function osKeychain({ patienceMs = PATIENCE_MS } = {}): Keychain {
  // Without the pin the library falls back to the kernel's keyring, which forgets at the next boot.
  const entry = (gateway: string): AsyncEntry =>
    new AsyncEntry(SERVICE, gateway, { linux: { store: 'secret-service' } })

  async function ask<T>(verb: string, call: () => Promise<T>): Promise<T> {
    try {
      if (hanging.size > 0) throw SILENT
      return await bounded(call(), patienceMs)
    } catch (cause) {
      const { why, nextStep } = reasonOf(cause)
      throw new SluiceError('ERR_KEYCHAIN', `The system's keychain could not be ${verb}: ${why}.`, {
        nextSteps: [nextStep, 'Or keep tokens in a file that only you can read: sluice login --allow-file'],
        cause,
      })
    }
  }

  // Secrets are bytes: as text, Windows would keep half as many.
  return {
    kind: 'keychain',
    get: (gateway) =>
      ask('read', async () => {
        const bytes = await entry(gateway).getSecret()
        return bytes ? Buffer.from(bytes).toString('utf8') : undefined
      }),
    set: (gateway, secret) => ask('written', () => entry(gateway).setSecret(Buffer.from(secret))),
    async remove(gateway) {
      await ask('written', () => entry(gateway).deleteCredential())
    },
  }
}

async function bounded<T>(answer: Promise<T>, ms: number): Promise<T> {
  const { promise: silence, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    hanging.add(answer)
    reject(SILENT)
  }, ms)
  const settled = (): void => {
    clearTimeout(timer)
    hanging.delete(answer)
  }
  answer.then(settled, settled)
  return Promise.race([answer, silence])
}
