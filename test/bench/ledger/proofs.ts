// Proofs in a ledger of a million entries: how large, how long to make from its tiles as a store does, how long to verify.
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCheckpoint } from '../../../src/audit/checkpoint.ts'
import { leafHash, verifyInclusion } from '../../../src/audit/merkle.ts'
import { proveInclusion } from '../../../src/audit/prove.ts'
import { encodeReceipt, parseReceipt, verifyReceipt } from '../../../src/audit/receipt.ts'
import { subtreesOf, tilePath, tileWidth } from '../../../src/audit/tiles.ts'
import type { Tell } from '../ledger.ts'
import { MILLION, millionEntries } from './million.ts'

const PROOFS = 500

export async function measureProofs(tell: Tell): Promise<void> {
  const { folder, vkey, textOf } = millionEntries()
  const note = readFileSync(join(folder, 'checkpoint'), 'utf8')
  const { size = 0, root = new Uint8Array() } = readCheckpoint(note) ?? {}
  const subtree = subtreesOf((level, number) =>
    readFileSync(join(folder, tilePath(level, number, tileWidth(level, number, size)))),
  )
  const lengths: number[] = []
  const making: number[] = []
  const verifying: number[] = []
  const receipts: number[] = []
  const receiptBytes: number[] = []
  for (let n = 0; n < PROOFS; n++) {
    const index = (n * 7_919_191) % MILLION
    const begun = performance.now()
    const path = proveInclusion(index, size, subtree)
    making.push(performance.now() - begun)
    lengths.push(path.length)
    const entry = textOf(index)
    const made = performance.now()
    if (!verifyInclusion({ leaf: leafHash(entry), index, size, root }, path))
      throw new Error(`entry ${index}`)
    verifying.push(performance.now() - made)
    const text = encodeReceipt({ index, entry, path, note })
    receiptBytes.push(text.length)
    const parsed = performance.now()
    const receipt = parseReceipt(text)
    if (!receipt) throw new Error('no receipt')
    verifyReceipt(receipt, vkey)
    receipts.push(performance.now() - parsed)
  }
  const log2 = Math.ceil(Math.log2(MILLION))
  const bare = bareHashes(log2 + 1)
  const most = (values: readonly number[]) => Math.max(...values)
  tell({
    name: 'proof at 1M: size, at most',
    value: most(lengths),
    unit: 'hashes',
    peer: 'log2',
    peerValue: log2,
  })
  tell({
    name: 'proof at 1M: made from tiles, p50',
    value: median(making),
    unit: 'ms',
    peer: 'as many bare hashes',
    peerValue: bare,
  })
  tell({
    name: 'proof at 1M: verified, p50',
    value: median(verifying),
    unit: 'ms',
    peer: 'as many bare hashes',
    peerValue: bare,
  })
  const entry = textOf(0).length
  tell({
    name: 'receipt at 1M: size, at most',
    value: most(receiptBytes),
    unit: 'bytes',
    peer: 'its entry',
    peerValue: entry,
  })
  tell({
    name: 'receipt at 1M: verified, signature and all, p50',
    value: median(receipts),
    unit: 'ms',
    peer: 'as many bare hashes',
    peerValue: bare,
  })
}

function bareHashes(count: number): number {
  const node = new Uint8Array(65)
  const times = Array.from({ length: PROOFS }, () => {
    const begun = performance.now()
    for (let n = 0; n < count; n++) hash('sha256', node, 'buffer')
    return performance.now() - begun
  })
  return median(times)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN
}
