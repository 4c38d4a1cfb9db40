// Texts that entries name by digest (the policy, the configuration), kept in the store beside the ledger.
import type { KeptText } from '../config/gateway-config.ts'
import type { Records } from '../identity/records.ts'

interface KeptTexts {
  /** Resolves once they are stored; what is there already stays. */
  keep(texts: readonly KeptText[]): Promise<void>
  find(digest: string): Promise<string | undefined>
}

const KIND = 'in-force'

export function keptTexts(records: Records): KeptTexts {
  const find = async (digest: string): Promise<string | undefined> => {
    const kept = await records.get(KIND, digest)
    return typeof kept === 'string' ? kept : undefined
  }
  return {
    async keep(texts) {
      for (const { digest, text } of texts) {
        if ((await find(digest)) !== text) await records.put(KIND, digest, text)
      }
    },
    find,
  }
}
