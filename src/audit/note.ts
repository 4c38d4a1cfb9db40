// Signed notes with Ed25519 keys, https://c2sp.org/signed-note: the form in which checkpoints are signed.
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

const ED25519 = 1
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

export interface Signer {
  readonly name: string
  /** `name+hash+key`: what others need to verify. */
  readonly vkey: string
  /** The note that ends with this signer's signature. `text` ends with a newline and has no empty line at its end. */
  sign(text: string): string
}

export interface Verifier {
  readonly name: string
  /** The note's text, if a signature of this key on it is good; undefined otherwise. Other keys' signatures are ignored. */
  open(note: string): string | undefined
}

/** A new key for `name`, in the form `PRIVATE+KEY+name+hash+key` that Go's sumdb/note reads too. Keep it secret. */
export function generateSkey(name: string): string {
  checkName(name)
  const { privateKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_PREFIX.length)
  const id = keyId(name, publicBytes(privateKey))
  return `PRIVATE+KEY+${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(ED25519), seed]).toString('base64')}`
}

/** Throws a TypeError, which quotes nothing of the key, where `skey` is not one. */
export function signerOf(skey: string): Signer {
  const match = /^PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(skey.trim())
  const key = Buffer.from(match?.[3] ?? '', 'base64')
  if (!match || key.length !== 33 || key[0] !== ED25519) throw new TypeError('not an Ed25519 signing key')
  const name = match[1] as string
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, key.subarray(1)]),
    format: 'der',
    type: 'pkcs8',
  })
  const publicKey = publicBytes(privateKey)
  const id = keyId(name, publicKey)
  if (id.toString('hex') !== match[2]) throw new TypeError('the signing key does not match its own hash')
  return {
    name,
    vkey: `${name}+${match[2]}+${Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64')}`,
    sign(text) {
      const signature = sign(null, Buffer.from(text), privateKey)
      return `${text}\n— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`
    },
  }
}

/** Throws a TypeError where `vkey` is not the verifier's form of an Ed25519 key. */
export function verifierOf(vkey: string): Verifier {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey.trim())
  const key = Buffer.from(match?.[3] ?? '', 'base64')
  if (!match || key.length !== 33 || key[0] !== ED25519) throw new TypeError('not an Ed25519 verifier key')
  const name = match[1] as string
  const id = keyId(name, key.subarray(1))
  if (id.toString('hex') !== match[2]) throw new TypeError('the verifier key does not match its own hash')
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, key.subarray(1)]),
    format: 'der',
    type: 'spki',
  })
  return { name, open: (note) => open(note, name, id, publicKey) }
}

function open(note: string, name: string, id: Buffer, publicKey: KeyObject): string | undefined {
  const split = note.lastIndexOf('\n\n')

  if (split < 0 || !note.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(note)) return undefined
  const text = note.slice(0, split + 1)
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > 100) return undefined
  for (const line of lines) {
    const match = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line)
    if (!match) return undefined
    const signature = Buffer.from(match[2] as string, 'base64')
    if (match[1] !== name || signature.length !== 68 || !signature.subarray(0, 4).equals(id)) continue
    return verify(null, Buffer.from(text), publicKey, signature.subarray(4)) ? text : undefined
  }
  return undefined
}

/** The signatures that a note has, good or not: each signer's name and its key's hash (8 hex digits). */
export function signaturesOf(note: string): { readonly name: string; readonly id: string }[] {
  const lines = note.slice(note.lastIndexOf('\n\n') + 2).split('\n')
  return lines.flatMap((line) => {
    const [, name, encoded = ''] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? []
    return name === undefined ? [] : [{ name, id: Buffer.from(encoded, 'base64').toString('hex', 0, 4) }]
  })
}

function keyId(name: string, publicKey: Uint8Array): Buffer {
  const head = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519)])
  return hash('sha256', Buffer.concat([head, publicKey]), 'buffer').subarray(0, 4)
}

function publicBytes(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length)
}

function checkName(name: string): void {
  if (!/^[^+\s]+$/.test(name)) throw new TypeError('a key name has no white space and no plus sign')
}
