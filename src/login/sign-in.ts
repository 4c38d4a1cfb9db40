// A sign-in, from the first line to tokens in hand: by this machine's browser, or by any other device's.
import { SluiceError } from '../base/errors.ts'
import type { AuthorizationServer, IssuedTokens } from './authorization-server.ts'
import { listenOnLoopback } from './loopback.ts'

export interface SignInParts {
  readonly gateway: string
  readonly server: AuthorizationServer
  /** What this machine is called, shown to the person before they allow it. */
  readonly machine: string
  readonly timeoutMs: number
}

/** Signs in by this machine's browser. `show` gets the URL, to print and to open; if it rejects, so does this. */
export async function signInByBrowser(
  parts: SignInParts & { readonly show: (url: string) => Promise<void> },
): Promise<IssuedTokens> {
  const loopback = await listenOnLoopback()
  try {
    const authorization = await parts.server.authorize(loopback.redirectUri, parts.machine)
    const answer = loopback.answer(authorization.state, AbortSignal.timeout(parts.timeoutMs))
    // A browser that can't be opened ends the wait; one that was is not waited for.
    const opened = parts.show(authorization.url).then(() => answer)
    const { url, sendTo } = await Promise.race([answer, opened])
    try {
      const tokens = await authorization.finish(url)
      await sendTo(`${parts.gateway}/signin/done`)
      return tokens
    } catch (error) {
      const denied = error instanceof SluiceError && error.code === 'ERR_SIGN_IN_REFUSED'
      await sendTo(`${parts.gateway}/signin/${denied ? 'denied' : 'failed'}`)
      throw error
    }
  } finally {
    loopback.close()
  }
}

/** Signs in where there is no browser. `show` gets the URL to open elsewhere, the same with the code, and the code. */
export async function signInByDevice(
  parts: SignInParts & { readonly show: (url: string, complete: string, code: string) => void },
): Promise<IssuedTokens> {
  const device = await parts.server.authorizeDevice(parts.machine)
  parts.show(device.verificationUri, device.verificationUriComplete, device.userCode)
  const signal = AbortSignal.timeout(parts.timeoutMs)
  try {
    return await device.finish(signal)
  } catch (error) {
    if (!signal.aborted) throw error
    throw new SluiceError('ERR_SIGN_IN_EXPIRED', 'Nobody finished the sign-in in time.', {
      nextSteps: ['sluice login --no-browser'],
      cause: error,
    })
  }
}
