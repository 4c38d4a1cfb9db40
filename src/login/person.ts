// Who has just signed in, as the gateway says (docs/gateway-api.md, whoami): checked before anything is stored.
import { SluiceError } from '../base/errors.ts'
import { localTime } from '../base/foreign-time.ts'
import { errorOf } from './gateway-api.ts'
import { unreachable } from './unreachable.ts'

export interface SignedInPerson {
  readonly subject: { readonly id: string; readonly name: string }
  /** Epoch milliseconds, by this machine's clock. */
  readonly signInExpiresAt: number
}

// Longer than any sign-in, shorter than a mistake of units.
const LONGEST_MS = 400 * 86_400_000

/** Rejects with the gateway's error, or with ERR_GATEWAY_UNREACHABLE where what it answers can't be so. */
export async function whoSignedIn(
  gateway: string,
  token: string,
  fetch: typeof globalThis.fetch,
): Promise<SignedInPerson> {
  let response: Response
  try {
    response = await fetch(`${gateway}/api/v1/whoami`, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(15_000),
    })
  } catch (error) {
    throw unreachable(gateway, error)
  }
  if (!response.ok) throw await errorOf(response, gateway)
  const said = (await response.json().catch(() => undefined)) as Partial<Said> | undefined
  const { id, name } = said?.subject ?? {}
  const signInExpiresAt = localTime(said?.signInExpiresAt, response.headers.get('date'), Date.now())
  const left = signInExpiresAt - Date.now()
  const whole =
    typeof id === 'string' && id !== '' && typeof name === 'string' && left > 0 && left < LONGEST_MS
  if (whole) return { subject: { id, name }, signInExpiresAt }
  throw new SluiceError(
    'ERR_GATEWAY_UNREACHABLE',
    `${gateway} does not say, as a sluice gateway does, who signed in and until when; nothing was stored.`,
    { nextSteps: ['Is this the address of a gateway, and of the version of this CLI?'] },
  )
}

interface Said {
  readonly subject: { readonly id: unknown; readonly name: unknown } | null
  readonly signInExpiresAt: unknown
}
