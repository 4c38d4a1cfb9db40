// Who is signed in, from what this machine remembers; asks nobody.
import { SluiceError } from '../base/errors.ts'
import { toStderr, toStdout, watchOutput } from '../cli/output.ts'
import { renderError } from '../cli/render-error.ts'
import { until } from '../cli/times.ts'
import { visible } from '../cli/visible.ts'
import { chooseGateway } from '../login/client-state.ts'
import { clientState } from './client-state.ts'

export interface Remembered {
  readonly gateway: string
  readonly subject: { readonly id: string; readonly name: string }
  readonly signInExpiresAt: string
}

/** Rejects with ERR_NOT_SIGNED_IN or ERR_SIGN_IN_EXPIRED. */
export async function rememberedSignIn(wanted: string | undefined): Promise<Remembered> {
  const { url, subject, signInExpiresAt } = chooseGateway(await clientState().load(), wanted)
  const nextSteps = ['sluice login']
  if (!subject || signInExpiresAt === undefined) {
    throw new SluiceError('ERR_NOT_SIGNED_IN', `You are not signed in at ${url}.`, { nextSteps })
  }
  if (Date.parse(signInExpiresAt) <= Date.now()) {
    throw new SluiceError('ERR_SIGN_IN_EXPIRED', `Your sign-in at ${url} has ended.`, { nextSteps })
  }
  return { gateway: url, subject, signInExpiresAt }
}

/** The gateway's ledger as it was pinned, whoever is signed in there. Rejects with ERR_NOT_SIGNED_IN or ERR_USAGE where none is known. */
export async function pinnedLedger(
  wanted: string | undefined,
): Promise<{ readonly gateway: string; readonly origin: string; readonly vkey: string }> {
  const { url, ledger } = chooseGateway(await clientState().load(), wanted)
  return { gateway: url, origin: ledger.origin, vkey: ledger.vkey }
}

/** `ada@example.dev at https://gw.example, until 18:02`. */
export function whoamiLine({ gateway, subject, signInExpiresAt }: Remembered): string {
  return `${visible(subject.name)} at ${gateway}, until ${until(signInExpiresAt)}`
}

/** `sluice whoami` without arguments, as bin/run.js answers it: prompts ask it often, and shouldn't wait for oclif. */
export async function quickWhoami(): Promise<void> {
  watchOutput()
  try {
    const remembered = await rememberedSignIn(process.env['SLUICE_GATEWAY'])
    toStdout(whoamiLine(remembered))
  } catch (thrown) {
    const { text, exit } = renderError(thrown)
    toStderr(text)
    process.exitCode = exit
  }
}
