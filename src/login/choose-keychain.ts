// Where a gateway's secret goes: the system's keychain wherever there is one, a file only knowingly.
import { SluiceError } from '../base/errors.ts'
import type { Keychain } from './keychain.ts'

// A name of each process's own: others may be trying at the same time.
const TRIAL = `trial ${process.pid}`

export interface Choice {
  readonly keychain: Keychain
  /** Why it is a file: a sentence for the person. */
  readonly because?: string
}

export interface ChoiceParts {
  readonly open: (kind: Keychain['kind']) => Promise<Keychain>
  /** The system's keychain was used on this machine before, for this gateway or another. */
  readonly usedBefore: boolean
  /** The person asked for a file. */
  readonly allowFile: boolean
}

/** Rejects with ERR_KEYCHAIN where a keychain was used before, can't be now, and no file was asked for. */
export async function chooseKeychain({ open, usedBefore, allowFile }: ChoiceParts): Promise<Choice> {
  if (allowFile) return { keychain: await open('file'), because: 'No keychain, as you asked.' }
  try {
    const keychain = await open('keychain')
    // Reading works in a keychain that is locked or empty; only a write tells, and better now than after the sign-in.
    await keychain.set(TRIAL, 'written to see whether it can be')
    await keychain.remove(TRIAL)
    return { keychain }
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'ERR_KEYCHAIN') throw error
    if (usedBefore) {
      throw new SluiceError(
        'ERR_KEYCHAIN',
        `${error.message} It was used before, so no file takes its place unasked.`,
        {
          nextSteps: error.nextSteps,
          cause: error,
        },
      )
    }
    return { keychain: await open('file'), because: error.message }
  }
}
