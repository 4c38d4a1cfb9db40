// What a gateway says of itself before anyone has signed in: /.well-known/sluice (docs/gateway-api.md).
import { SluiceError } from '../base/errors.ts'
import { aheadOf } from '../base/foreign-time.ts'
import { unreachable } from './unreachable.ts'

export interface Discovered {
  readonly issuer: string
  readonly ledger: { readonly origin: string; readonly vkey: string }
  /** Receipts of the rotations of its key, none of them verified. */
  readonly rotations: readonly string[]
  /** How far this machine's clock is ahead of the gateway's, in milliseconds; 0 where they agree. */
  readonly clockAheadMs: number
}

interface Said {
  readonly issuer?: unknown
  readonly ledger?: { readonly origin?: unknown; readonly vkey?: unknown; readonly rotations?: unknown }
}

/** Rejects with ERR_GATEWAY_UNREACHABLE, or where it calls itself by another name than was typed. */
export async function discover(gateway: string, fetch: typeof globalThis.fetch): Promise<Discovered> {
  let response: Response
  try {
    response = await fetch(`${gateway}/.well-known/sluice`, {
      redirect: 'error',
      signal: AbortSignal.timeout(15_000),
    })
  } catch (error) {
    throw unreachable(gateway, error)
  }
  const said = (await response.json().catch(() => undefined)) as Said | undefined
  const { issuer, ledger } = said ?? {}
  if (typeof issuer !== 'string' || typeof ledger?.vkey !== 'string' || typeof ledger.origin !== 'string') {
    throw new SluiceError('ERR_GATEWAY_UNREACHABLE', `${gateway} is not a sluice gateway.`, {
      nextSteps: ['Ask whoever runs the gateway for its address.'],
    })
  }
  // Its authorization server must be its own: else one gateway could send sign-ins for itself to another.
  if (issuer !== `${gateway}/oauth`) {
    throw new SluiceError(
      'ERR_GATEWAY_UNREACHABLE',
      `The gateway at ${gateway} calls itself by another address.`,
      {
        nextSteps: [`sluice login ${URL.parse(issuer)?.origin ?? 'URL'}`],
      },
    )
  }
  const clockAheadMs = aheadOf(response.headers.get('date'), Date.now())
  const { origin, vkey, rotations } = ledger
  return { issuer, ledger: { origin, vkey }, rotations: texts(rotations), clockAheadMs }
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : []
}
