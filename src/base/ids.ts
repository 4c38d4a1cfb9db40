// Opaque identifiers: a prefix that names the kind, then 16 random bytes in base62 (22 characters, 95+ bits).
import { randomFillSync } from 'node:crypto'

export type IdKind = 'ex' | 'ses' | 'sub' | 'sgn' | 'req' | 'gw'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const pool = new Uint8Array(4096)
let next = pool.length

/** A new identifier such as `ex_4fzyo82mvyr0…`. Randomness is drawn in blocks, so that one id costs under a microsecond. */
export function newId<K extends IdKind>(kind: K): `${K}_${string}` {
  let text = ''
  while (text.length < 22) {
    if (next === pool.length) {
      randomFillSync(pool)
      next = 0
    }
    const value = (pool[next++] as number) & 63
    if (value < 62) text += ALPHABET[value]
  }
  return `${kind}_${text}`
}
