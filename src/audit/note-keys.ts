// Ed25519 keys of signed notes in their text forms, https://c2sp.org/signed-note; the type's byte tells what they sign.
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** Signs a note's text as it stands. */
export const ED25519 = 1
/** Cosigns checkpoints at a time, https://c2sp.org/tlog-cosignature. */
export const ED25519_COSIGNATURE = 4

type KeyType = typeof ED25519 | typeof ED25519_COSIGNATURE

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

export interface NoteKey {
  readonly name: string
  /** The four bytes before each of its signatures. */
  readonly id: Buffer
  readonly key: KeyObject
}

/** A new private key for `name`: `PRIVATE+KEY+name+hash+key`. Keep it secret. Throws a TypeError for a name that is none. */
export function newPrivateKey(name: string, type: KeyType): string {
  if (!/^[^+\s]+$/.test(name)) throw new TypeError('a key name has no white space and no plus sign')
  const { privateKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_PREFIX.length)
  const id = keyId(name, type, publicBytes(privateKey))
  return `PRIVATE+KEY+${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(type), seed]).toString('base64')}`
}

/** The private key in the text, and its verifier's form. Throws a TypeError, which quotes nothing of the key. */
export function readPrivateKey(skey: string, type: KeyType): NoteKey & { readonly vkey: string } {
  const match = /^PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(skey.trim())
  const bytes = Buffer.from(match?.[3] ?? '', 'base64')
  if (!match || bytes.length !== 33 || bytes[0] !== type) throw new TypeError('not an Ed25519 signing key')
  const name = match[1] as string
  const der = Buffer.concat([PKCS8_PREFIX, bytes.subarray(1)])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = publicBytes(key)
  const id = keyId(name, type, publicKey)
  if (id.toString('hex') !== match[2]) throw new TypeError('the signing key does not match its own hash')
  const vkey = `${name}+${match[2]}+${Buffer.concat([Buffer.of(type), publicKey]).toString('base64')}`
  return { name, id, key, vkey }
}

/** The public key in the text `name+hash+key`. Throws a TypeError where it is none of that type. */
export function readVerifierKey(vkey: string, type: KeyType): NoteKey {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey.trim())
  const bytes = Buffer.from(match?.[3] ?? '', 'base64')
  if (!match || bytes.length !== 33 || bytes[0] !== type) throw new TypeError('not an Ed25519 verifier key')
  const name = match[1] as string
  const id = keyId(name, type, bytes.subarray(1))
  if (id.toString('hex') !== match[2]) throw new TypeError('the verifier key does not match its own hash')
  const der = Buffer.concat([SPKI_PREFIX, bytes.subarray(1)])
  return { name, id, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
}

function keyId(name: string, type: KeyType, publicKey: Uint8Array): Buffer {
  const head = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type)])
  return hash('sha256', Buffer.concat([head, publicKey]), 'buffer').subarray(0, 4)
}

function publicBytes(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length)
}
