// oidc-provider's storage for as long as the process lives.
import type { Adapter, AdapterPayload } from 'oidc-provider'

/** An adapter factory over one map. What has expired is dropped when it is asked for. */
export function inMemory(): (kind: string) => Adapter {
  const kept = new Map<string, { payload: AdapterPayload; ends: number }>()
  const uids = new Map<string, string>()

  return (kind) => {
    const find = async (id: string): Promise<AdapterPayload | undefined> => {
      const found = kept.get(`${kind}:${id}`)
      if (found && found.ends > Date.now()) return found.payload
      kept.delete(`${kind}:${id}`)
      return undefined
    }
    return {
      find,
      async upsert(id, payload, expiresIn = Infinity) {
        kept.set(`${kind}:${id}`, { payload, ends: Date.now() + expiresIn * 1000 })
        if (kind === 'Session' && payload.uid !== undefined) uids.set(payload.uid, id)
      },
      async findByUid(uid) {
        const id = uids.get(uid)
        return id === undefined ? undefined : find(id)
      },
      async findByUserCode() {
        return undefined
      },
      async consume(id) {
        const payload = await find(id)
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      async destroy(id) {
        kept.delete(`${kind}:${id}`)
      },
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of kept) if (payload.grantId === grantId) kept.delete(key)
      },
    }
  }
}
