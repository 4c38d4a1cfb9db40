// A signing key that is always the same, so that what it signs is, too: for frozen ledgers, and for nothing else.
import { createPrivateKey, createPublicKey, hash } from 'node:crypto'

const SEED = Buffer.alloc(32, 7)
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The name's key, in the form of the gateway's own (https://c2sp.org/signed-note). */
export function fixedSkey(name: string): string {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, SEED]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n\u0001`), publicKey]), 'buffer')
  const encoded = Buffer.concat([Buffer.of(1), SEED]).toString('base64')
  return `PRIVATE+KEY+${name}+${id.toString('hex', 0, 4)}+${encoded}`
}
