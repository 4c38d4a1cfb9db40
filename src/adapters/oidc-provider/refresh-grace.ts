// A refresh token that was just traded may be traded again, for the same successor: its first answer may have been lost
// (RFC 9700 §4.14.2 has rotation; docs/decisions/0008-lost-refreshes.md the grace).
import { createHmac } from 'node:crypto'
import type { Records } from '../../identity/records.ts'
import { hashOf, newSecret } from '../../identity/secrets.ts'

export interface RefreshGrace {
  /** The successor of a token that is being traded for the first time; for so many seconds it may be traded again. */
  begin(token: string, signIn: string | undefined): Promise<string>
  /** The same successor, while nobody has used anything that came of the first trade; else undefined. */
  successorOf(token: string): Promise<string | undefined>
  /** An access token was used that came of trading the token with this hash: the answer has arrived, the grace is over. */
  arrived(tokenHash: string): Promise<void>
}

const KIND = 'refresh-grace'

/** `isUsed` says whether a refresh token has been traded. */
export function refreshGrace(
  records: Records,
  seconds: number,
  isUsed: (token: string) => Promise<boolean>,
): RefreshGrace {
  return {
    async begin(token, signIn) {
      const salt = newSecret()
      await records.put(KIND, hashOf(token), salt, {
        expiresAt: Date.now() + seconds * 1000,
        ...(signIn !== undefined && { group: signIn }),
      })
      return derive(token, salt)
    },
    async successorOf(token) {
      const salt = await records.get(KIND, hashOf(token))
      if (typeof salt !== 'string') return undefined
      const successor = derive(token, salt)
      return (await isUsed(successor)) ? undefined : successor
    },
    async arrived(tokenHash) {
      if ((await records.get(KIND, tokenHash)) !== undefined) await records.remove(KIND, tokenHash)
    },
  }
}

// Neither the store, which has the salt, nor an old token can tell the successor alone; together only while the grace lasts.
function derive(token: string, salt: string): string {
  return createHmac('sha256', token).update(salt).digest('base64url')
}
