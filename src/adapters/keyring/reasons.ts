// Why a keychain could not be used: the library has one error, whose text is the system's.

export interface Reason {
  /** Completes "the keychain could not be read:". */
  readonly why: string
  readonly nextStep: string
}

/** The failure of a call that was not answered in time. */
export const SILENT = new Error('no answer')

const REASONS: readonly (readonly [text: RegExp, why: string, nextStep: string])[] = [
  [
    /^no answer$|did not receive a reply|timed out/i,
    'it does not answer',
    'Look for a window that asks for its password, or start the keyring anew; then try again.',
  ],
  [
    /D-?Bus|DBUS|ServiceUnknown|not provided by any|no secret service/i,
    'no Secret Service runs here',
    'Start a keyring in this session, such as gnome-keyring, KWallet or KeePassXC, and try again.',
  ],
  [
    /too long|longer than|too large|too big/i,
    'the secret is too large for it',
    'Ask whoever runs the gateway for smaller tokens.',
  ],
  [
    /lock|prompt|dismiss|no result found|interaction|not allowed|canceled|cancelled|passphrase/i,
    'it is locked, or holds no keyring yet',
    'Unlock it and try again.',
  ],
  [
    /ambiguous/i,
    'it holds more than one item of this gateway',
    'Remove the items called sluice in it, then: sluice login',
  ],
]

/** What is the matter, by the text of the library's error; never by what it holds. */
export function reasonOf(error: unknown): Reason {
  const text = error instanceof Error ? error.message : ''
  const [, why = 'it refused', nextStep = 'Unlock it and try again.'] =
    REASONS.find(([pattern]) => pattern.test(text)) ?? []
  return { why, nextStep }
}
