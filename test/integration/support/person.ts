// A person at a machine: a home of their own, and a browser that is walked over HTTP.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { signIn, type SignInStep } from '../../../src/assembly/sign-in.ts'
import { walkSignIn, type Page } from '../../../src/demo/browserless.ts'
import type { GatewayRecord } from '../../../src/login/client-state.ts'
import type { SignInGateway } from './sign-in-gateway.ts'

/** Makes an empty home the one of this process, with secrets in files, until the test ends. Returns the state folder. */
export function newHome(t: Test): string {
  const home = mkdtempSync(join(tmpdir(), 'sluice-home-'))
  const before = { ...process.env }
  process.env['XDG_STATE_HOME'] = home
  process.env['SLUICE_KEYCHAIN'] = 'file'
  delete process.env['SLUICE_GATEWAY']
  t.teardown(() => {
    process.env = before
    rmSync(home, { recursive: true, force: true })
  })
  return join(home, 'sluice')
}

export interface SignInAs {
  readonly person?: string
  readonly password?: string
  readonly answer?: 'allow' | 'deny'
  readonly browser?: boolean
  readonly onPage?: (page: Page) => void
  readonly onStep?: (step: SignInStep) => void
}

/** `sluice login` at a gateway, with the browser's part walked to its last page. */
export async function signInAs(gateway: SignInGateway, how: SignInAs = {}): Promise<GatewayRecord> {
  let walked: Promise<Page> | undefined
  const walk = (url: string): Promise<Page> =>
    (walked = walkSignIn(url, {
      person: how.person ?? 'ada',
      password: how.password ?? gateway.provider.password,
      answer: how.answer ?? 'allow',
      ...(how.onPage && { onPage: how.onPage }),
    }))
  try {
    return await signIn({
      gateway: gateway.url,
      browser: how.browser ?? true,
      allowFile: true,
      timeoutMs: 20_000,
      tell(step) {
        how.onStep?.(step)
        if (step.step === 'device') void walk(step.complete)
      },
      open: async (url) => void (await walk(url)),
    })
  } finally {
    await walked?.catch(() => undefined)
  }
}
