// oidc-provider's storage of refresh tokens: as of every other kind, and with the grace for a lost answer.
import { type Adapter, type AdapterPayload, errors, Provider } from 'oidc-provider'
import { hashOf } from '../../identity/secrets.ts'
import { refreshGrace, type RefreshGrace } from './refresh-grace.ts'
import { recordsAdapter, type RecordsAdapterParts } from './records-adapter.ts'

export interface RefreshTokens {
  readonly adapter: Adapter
  /** Has a provider give a traded token the successor that the grace knows. */
  teach(provider: Provider): void
  /** What an access token of the trade that is going on remembers of it; pass it to `arrived` when it is used. */
  tradedHash(): string | undefined
  readonly arrived: RefreshGrace['arrived']
}

export function refreshTokens(parts: RecordsAdapterParts, graceSeconds: number): RefreshTokens {
  const plain = recordsAdapter('RefreshToken', parts)
  const isUsed = async (token: string): Promise<boolean> => Boolean((await plain.find(token))?.consumed)
  const grace = refreshGrace(parts.records, graceSeconds, isUsed)
  const inTurn = turns()
  // By the request in which the token is traded.
  const successors = new WeakMap<object, string>()

  const adapter: Adapter = {
    ...plain,
    // Within its grace a token looks as if it had not been traded; after that the library ends the sign-in.
    async find(id) {
      const payload = await plain.find(id)
      if (!payload?.consumed || (await grace.successorOf(id)) === undefined) return payload
      const { consumed: _, ...unspent } = payload
      return unspent as AdapterPayload
    },
    consume: (id) =>
      inTurn(id, async () => {
        const payload = await plain.find(id)
        if (!payload) throw new errors.InvalidGrant('unknown')
        const successor = payload.consumed
          ? await grace.successorOf(id)
          : await grace.begin(id, payload.grantId)
        if (successor === undefined) throw new errors.InvalidGrant('already used')
        if (!payload.consumed) await plain.consume(id)
        const { ctx } = Provider
        if (ctx) successors.set(ctx, successor)
      }),
    // A second trade stores the successor again; by now that may have been traded itself.
    upsert: (id, payload, expiresIn) =>
      inTurn(id, async () => {
        if (await isUsed(id)) throw new errors.InvalidGrant('already used')
        await plain.upsert(id, payload, expiresIn)
      }),
  }

  return {
    adapter,
    teach(provider) {
      const model = provider.RefreshToken.prototype as unknown as { generateTokenId(): string }
      const random = model.generateTokenId
      model.generateTokenId = function generateTokenId(this: object) {
        const { ctx } = Provider
        return (ctx && successors.get(ctx)) ?? random.call(this)
      }
    },
    tradedHash() {
      const traded = Provider.ctx?.oidc.entities.RotatedRefreshToken
      return traded && hashOf(traded.jti)
    },
    arrived: (tokenHash) => grace.arrived(tokenHash),
  }
}

/** Runs what is about one key one after the other. */
function turns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work)
    last.set(key, turn)
    try {
      return await turn
    } finally {
      if (last.get(key) === turn) last.delete(key)
    }
  }
}
