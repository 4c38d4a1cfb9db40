// oidc-provider's storage over the Records port. Bearer secrets are stored under their hash, and nowhere in clear.
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { Json } from '../../base/canonical-json.ts'
import type { Records } from '../../identity/records.ts'
import { hashOf } from '../../identity/secrets.ts'

// Looked up by their user code too, so their own code must be readable. They grant nothing until a person allows it.
const READABLE = ['DeviceCode']
// Found by ids that are no secrets: the sign-in's own.
const NAMED = ['Grant']

export interface RecordsAdapterParts {
  readonly records: Records
  /** Ends the sign-in of a grant that is revoked, with all that descends from it. */
  readonly endSignIn: (id: string) => Promise<void>
}

/** The adapter of one model, such as `AccessToken`. */
export function recordsAdapter(kind: string, { records, endSignIn }: RecordsAdapterParts): Adapter {
  const keyOf = (id: string): string => (NAMED.includes(kind) ? id : hashOf(id))
  const consuming = new Set<string>()

  async function store(id: string, payload: AdapterPayload, expiresAt: number | undefined): Promise<void> {
    const { jti, ...rest } = payload
    const value = READABLE.includes(kind) || NAMED.includes(kind) ? { ...rest, jti } : rest
    const group = payload.grantId ?? (kind === 'Grant' ? id : undefined)
    await records.put(kind, keyOf(id), plain(value), {
      ...(expiresAt !== undefined && { expiresAt }),
      ...(group !== undefined && { group }),
    })
  }

  async function find(id: string): Promise<AdapterPayload | undefined> {
    const value = await records.get(kind, keyOf(id))
    return value === undefined ? undefined : { ...(value as AdapterPayload), jti: id }
  }

  return {
    async upsert(id, payload, expiresIn) {
      // A browser session that names a person would let the next authorization begin without asking who it is.
      if (kind === 'Session' && payload.accountId !== undefined) return records.remove(kind, keyOf(id))
      const expiresAt = expiresIn === undefined ? undefined : Date.now() + expiresIn * 1000
      await store(id, payload, expiresAt)
      if (payload.userCode !== undefined) {
        const options = expiresAt === undefined ? {} : { expiresAt }
        await records.put('user-code', hashOf(payload.userCode), id, options)
      }
    },
    find,
    async findByUserCode(userCode) {
      const id = await records.get('user-code', hashOf(userCode))
      const found = typeof id === 'string' ? await find(id) : undefined
      if (!found) return undefined
      // Whoever closed the browser half-way may enter the code again: until somebody answers it is not used.
      const { inFlight: _, ...code } = found
      return code as AdapterPayload
    },
    // Only tokens bound to a browser session are asked for in this way; ours are not.
    async findByUid() {
      return undefined
    },
    async consume(id) {
      // Two requests that carry the same token at once: only one of them may go on.
      if (consuming.has(id)) throw new errors.InvalidGrant('already used')
      consuming.add(id)
      try {
        const payload = await find(id)
        if (!payload || payload.consumed) throw new errors.InvalidGrant('already used')
        const expiresAt = payload.exp === undefined ? undefined : payload.exp * 1000
        await store(id, { ...payload, consumed: Math.floor(Date.now() / 1000) }, expiresAt)
      } finally {
        consuming.delete(id)
      }
    },
    async destroy(id) {
      if (kind === 'Grant') await endSignIn(id)
      else await records.remove(kind, keyOf(id))
    },
    async revokeByGrantId(grantId) {
      await endSignIn(grantId)
    },
  }
}

// What can't be said in JSON (undefined members) is left out.
function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}
