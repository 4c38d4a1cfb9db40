// Signed notes with Ed25519 keys, https://c2sp.org/signed-note: the form in which checkpoints are signed.
import { sign, verify } from 'node:crypto'
import { ED25519, newPrivateKey, readPrivateKey, readVerifierKey } from './note-keys.ts'

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

/** A signature line of a note, in its parts; `signature` is what follows the key's id. */
export interface NoteSignature {
  readonly name: string
  /** The key's hash, 8 hex digits. */
  readonly id: string
  readonly signature: Buffer
  /** The line as it stands, without its newline. */
  readonly line: string
}

/** A new key for `name`, in the form `PRIVATE+KEY+name+hash+key` that Go's sumdb/note reads too. Keep it secret. */
export function generateSkey(name: string): string {
  return newPrivateKey(name, ED25519)
}

/** Throws a TypeError, which quotes nothing of the key, where `skey` is not one. */
export function signerOf(skey: string): Signer {
  const { name, id, key, vkey } = readPrivateKey(skey, ED25519)
  return {
    name,
    vkey,
    sign: (text) => `${text}\n${signatureLine(name, id, sign(null, Buffer.from(text), key))}\n`,
  }
}

/** Throws a TypeError where `vkey` is not the verifier's form of an Ed25519 key. */
export function verifierOf(vkey: string): Verifier {
  const { name, id, key } = readVerifierKey(vkey, ED25519)
  return {
    name,
    open(note) {
      const opened = openNote(note)
      const own = opened?.signatures.find(
        (line) => line.name === name && line.id === id.toString('hex') && line.signature.length === 64,
      )
      return opened && own && verify(null, Buffer.from(opened.text), key, own.signature)
        ? opened.text
        : undefined
    },
  }
}

/** A note's text and its signature lines, of which none is verified; undefined where it is none. */
export function openNote(
  note: string,
): { readonly text: string; readonly signatures: readonly NoteSignature[] } | undefined {
  const split = note.lastIndexOf('\n\n')

  if (split < 0 || !note.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(note)) return undefined
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > 100) return undefined
  const signatures = lines.map(readSignature)
  return signatures.every((signature) => signature !== undefined)
    ? { text: note.slice(0, split + 1), signatures }
    : undefined
}

/** The signatures that a note has, good or not: each signer's name and its key's hash (8 hex digits). */
export function signaturesOf(note: string): readonly NoteSignature[] {
  const lines = note.slice(note.lastIndexOf('\n\n') + 2).split('\n')
  return lines.flatMap((line) => readSignature(line) ?? [])
}

/** The hash of a verifier's key, 8 hex digits. */
export function keyIdOf(vkey: string): string {
  return vkey.split('+')[1] ?? ''
}

export function signatureLine(name: string, id: Uint8Array, signature: Uint8Array): string {
  return `— ${name} ${Buffer.concat([id, signature]).toString('base64')}`
}

/** Undefined where the line is no signature's. */
function readSignature(line: string): NoteSignature | undefined {
  const [, name, encoded = ''] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? []
  if (name === undefined) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  return { name, id: bytes.toString('hex', 0, 4), signature: bytes.subarray(4), line }
}
