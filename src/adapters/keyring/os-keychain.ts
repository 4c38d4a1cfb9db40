// The operating system's keychain: macOS Keychain, Windows Credential Manager, the Secret Service of a Linux desktop.
import { AsyncEntry } from '@napi-rs/keyring'
import { SluiceError } from '../../base/errors.ts'
import type { Keychain } from '../../login/keychain.ts'

const SERVICE = 'sluice'
/** Long enough for a person to unlock a keyring that asks. */
const PATIENCE_MS = 60_000

/** The keychain; every verb rejects with ERR_KEYCHAIN where there is none, or it stays locked. */
export function osKeychain(): Keychain {
  // Without the pin the library falls back to the kernel's keyring, which forgets at the next boot.
  const entry = (gateway: string): AsyncEntry =>
    new AsyncEntry(SERVICE, gateway, { linux: { store: 'secret-service' } })

  async function ask<T>(verb: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    try {
      return await Promise.race([call(signal), gaveUp(signal)])
    } catch (error) {
      throw new SluiceError(
        'ERR_KEYCHAIN',
        `The system's keychain could not be ${verb}: ${reason(error, signal)}.`,
        {
          nextSteps: ['Unlock it and try again.'],
          cause: error,
        },
      )
    }
  }

  return {
    kind: 'keychain',
    get: (gateway) => ask('read', async (signal) => (await entry(gateway).getPassword(signal)) ?? undefined),
    set: (gateway, secret) => ask('written', (signal) => entry(gateway).setPassword(secret, signal)),
    async remove(gateway) {
      await ask('written', (signal) => entry(gateway).deletePassword(signal))
    },
  }
}

function gaveUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
}

// The library's failures have one code; only their messages differ.
function reason(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it did not answer within a minute'
  const message = error instanceof Error ? error.message : ''
  if (/D-?Bus|DBUS|ServiceUnknown|not provided by any/i.test(message)) return 'no Secret Service runs here'
  if (/lock|prompt|dismiss|no result found/i.test(message)) return 'it is locked, or holds no keyring yet'
  if (/too long|length|size/i.test(message)) return 'the secret is too large for it'
  return 'it refused'
}
