// A ledger on paper: trees by RFC 6962's own recursive definition, and the lines that a gateway, or a liar, would send.
import { signCheckpoint } from '../../src/audit/checkpoint.ts'
import { EMPTY_ROOT, leafHash, nodeHash } from '../../src/audit/merkle.ts'
import { generateSkey, signerOf } from '../../src/audit/note.ts'
import { proveConsistency, proveInclusion } from '../../src/audit/prove.ts'
import type { Subtree } from '../../src/audit/prove.ts'

/** MTH(D[n]) of RFC 6962 §2.1. */
export function paperRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves
  if (only === undefined) return EMPTY_ROOT
  if (leaves.length === 1) return only
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeHash(paperRoot(leaves.slice(0, split)), paperRoot(leaves.slice(split)))
}

export function paperSubtree(leaves: readonly Uint8Array[]): Subtree {
  return (height, index) => {
    const width = 2 ** height
    const slice = leaves.slice(index * width, (index + 1) * width)
    if (slice.length !== width) throw new RangeError(`no complete subtree ${height}/${index}`)
    return paperRoot(slice)
  }
}

const base64 = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('base64'))

export class PaperLedger {
  readonly texts: string[]
  readonly signer: ReturnType<typeof signerOf>

  constructor(texts: readonly string[], skey = generateSkey('gw.example/ledger')) {
    this.texts = [...texts]
    this.signer = signerOf(skey)
  }

  static of(size: number, skey?: string): PaperLedger {
    const text = (at: number) =>
      `{"kind":"signed-in","n":${at},"subject":"sub_a","time":"2026-11-23T14:00:00.000Z"}`
    return new PaperLedger(
      Array.from({ length: size }, (_, at) => text(at)),
      skey,
    )
  }

  note(size = this.texts.length): string {
    return signCheckpoint({ size, root: paperRoot(this.leaves(size)) }, this.signer)
  }

  checkpointLine(from: number, size = this.texts.length) {
    const proof = from > 0 && from < size ? proveConsistency(from, size, paperSubtree(this.leaves(size))) : []
    return { checkpoint: this.note(size), consistency: base64(proof) }
  }

  entryLine(index: number, size = this.texts.length) {
    const inclusion = proveInclusion(index, size, paperSubtree(this.leaves(size)))
    return { index, entry: this.texts[index] ?? '', inclusion: base64(inclusion), name: 'ada@example.dev' }
  }

  /** A whole reply: the checkpoint, then entries from `first` on. */
  reply(pinned: number, first = 0, size = this.texts.length): object[] {
    const indices = Array.from({ length: size - first }, (_, at) => first + at)
    return [this.checkpointLine(pinned, size), ...indices.map((index) => this.entryLine(index, size))]
  }

  private leaves(size: number): Uint8Array[] {
    return this.texts.slice(0, size).map(leafHash)
  }
}
