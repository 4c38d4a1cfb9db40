// Cosignatures of witnesses on checkpoints, https://c2sp.org/tlog-cosignature (Ed25519): what was the largest tree, when.
import { sign, verify } from 'node:crypto'
import { ED25519_COSIGNATURE, newPrivateKey, readPrivateKey, readVerifierKey } from './note-keys.ts'
import { openNote, signatureLine } from './note.ts'
import type { NoteSignature } from './note.ts'

export interface Cosigner {
  readonly name: string
  /** `name+hash+key`: what others need to verify. */
  readonly vkey: string
  /** The signature line, without its newline, on a note's text at a time (epoch milliseconds). */
  cosign(text: string, now: number): string
}

export interface Cosignature {
  /** Epoch milliseconds, in whole seconds. */
  readonly time: number
  /** The signature line, without its newline. */
  readonly line: string
}

export interface CosignatureVerifier {
  readonly name: string
  /** Of the witness's key, 8 hex digits. */
  readonly id: string
  /** The witness's newest good cosignature on the note; undefined where it has none. */
  find(note: string): Cosignature | undefined
}

const MESSAGE_HEAD = 'cosignature/v1\ntime '
const TIME_BYTES = 8

/** A new key for the witness `name`. Keep it secret. */
export function generateCosignerKey(name: string): string {
  return newPrivateKey(name, ED25519_COSIGNATURE)
}

/** Throws a TypeError, which quotes nothing of the key, where `skey` is none of a witness. */
export function cosignerOf(skey: string): Cosigner {
  const { name, id, key, vkey } = readPrivateKey(skey, ED25519_COSIGNATURE)
  return {
    name,
    vkey,
    cosign(text, now) {
      const seconds = BigInt(Math.floor(now / 1000))
      const time = Buffer.alloc(TIME_BYTES)
      time.writeBigUInt64BE(seconds)
      const signature = sign(null, Buffer.from(`${MESSAGE_HEAD}${seconds}\n${text}`), key)
      return signatureLine(name, id, Buffer.concat([time, signature]))
    },
  }
}

/** Throws a TypeError where `vkey` is not the verifier's form of a witness's key. */
export function cosignatureVerifier(vkey: string): CosignatureVerifier {
  const { name, id, key } = readVerifierKey(vkey, ED25519_COSIGNATURE)
  const hex = id.toString('hex')
  const timeOf = ({ signature }: NoteSignature, text: string): number | undefined => {
    if (signature.length !== TIME_BYTES + 64) return undefined
    const seconds = signature.readBigUInt64BE()
    const message = Buffer.from(`${MESSAGE_HEAD}${seconds}\n${text}`)
    if (!verify(null, message, key, signature.subarray(TIME_BYTES))) return undefined
    const time = Number(seconds) * 1000
    return Number.isSafeInteger(time) ? time : undefined
  }
  return {
    name,
    id: hex,
    find(note) {
      const { text = '', signatures = [] } = openNote(note) ?? {}
      return signatures
        .filter((signature) => signature.name === name && signature.id === hex)
        .flatMap((signature) => {
          const time = timeOf(signature, text)
          return time === undefined ? [] : [{ time, line: signature.line }]
        })
        .toSorted((a, b) => a.time - b.time)
        .at(-1)
    },
  }
}
