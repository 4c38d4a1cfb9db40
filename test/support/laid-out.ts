// A ledger laid out in files as https://c2sp.org/tlog-tiles says it, straight from the definitions and slowly: nothing of src/audit but the hashes.
import { hash } from 'node:crypto'
import { generateSkey, signerOf } from '../../src/audit/note.ts'

const sha256 = (...parts: readonly Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer')

/** MTH({d(0)}) of RFC 6962 §2.1. */
export const plainLeaf = (text: string): Buffer => sha256(Buffer.of(0), Buffer.from(text))

/** MTH(D[n]) of RFC 6962 §2.1, over leaf hashes. */
export function plainRoot(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return Buffer.from(leaves[0] as Uint8Array)
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1)
  return sha256(Buffer.of(1), plainRoot(leaves.slice(0, split)), plainRoot(leaves.slice(split)))
}

export interface LaidOut {
  /** By path, `checkpoint` among them. */
  readonly files: Map<string, Uint8Array>
  readonly note: string
}

export function layOut(texts: readonly string[], skey: string = generateSkey('gw.example/ledger')): LaidOut {
  const files = new Map<string, Uint8Array>()
  const leaves = texts.map(plainLeaf)
  let hashes: readonly Buffer[] = leaves
  for (let level = 0; hashes.length > 0; level++) {
    const full: Buffer[] = []
    for (let n = 0; n * 256 < hashes.length; n++) {
      const tile = hashes.slice(n * 256, (n + 1) * 256)
      files.set(pathOf(String(level), n, tile.length), Buffer.concat(tile))
      if (tile.length === 256) full.push(plainRoot(tile))
    }
    hashes = full
  }
  for (let n = 0; n * 256 < texts.length; n++) {
    const entries = texts.slice(n * 256, (n + 1) * 256)
    files.set(pathOf('entries', n, entries.length), bundleOf(entries))
  }
  const signer = signerOf(skey)
  const note = signer.sign(`${signer.name}\n${texts.length}\n${plainRoot(leaves).toString('base64')}\n`)
  files.set('checkpoint', Buffer.from(note))
  return { files, note }
}

function bundleOf(entries: readonly string[]): Buffer {
  return Buffer.concat(
    entries.flatMap((text) => {
      const bytes = Buffer.from(text)
      return [Buffer.of(bytes.length >> 8, bytes.length & 255), bytes]
    }),
  )
}

// Below a million tiles.
function pathOf(level: string, number: number, width: number): string {
  const low = String(number % 1000).padStart(3, '0')
  const high = number < 1000 ? '' : `x${String(Math.floor(number / 1000)).padStart(3, '0')}/`
  return `tile/${level}/${high}${low}${width < 256 ? `.p/${width}` : ''}`
}
