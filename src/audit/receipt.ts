// Receipts: an entry with the proof that it is in the ledger, which verifies alone. https://c2sp.org/tlog-proof
import { statedSize } from './checkpoint.ts'
import type { Checkpoint } from './checkpoint.ts'
import { leafHash, verifyInclusion } from './merkle.ts'
import { fault } from './verify/fault.ts'
import { trustedCheckpoint } from './verify/trust.ts'

export interface Receipt {
  readonly index: number
  /** The entry's exact text. It travels as the proof's extra data, and is believed for its hash alone. */
  readonly entry: string
  /** RFC 6962 audit path, leaf's sibling first. */
  readonly path: readonly Uint8Array[]
  /** The checkpoint that it leads to: a signed note. */
  readonly note: string
}

const HEAD = 'c2sp.org/tlog-proof@v1'
const MOST_HASHES = 64

export function encodeReceipt({ index, entry, path, note }: Receipt): string {
  const extra = Buffer.from(entry).toString('base64')
  const hashes = path.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('')
  return `${HEAD}\nextra ${extra}\nindex ${index}\n${hashes}\n${note}`
}

/** The receipt in a tlog-proof's text, or undefined where it is none, or has no entry with it. Nothing of it is verified. */
export function parseReceipt(text: string): Receipt | undefined {
  const split = text.indexOf('\n\n')
  const [head, extraLine = '', indexLine = '', ...hashes] = text.slice(0, Math.max(0, split)).split('\n')
  const extra = bytesOf(extraLine.replace(/^extra /, ''))
  const digits = /^index (0|[1-9]\d{0,15})$/.exec(indexLine)?.[1]
  const path = hashes.map(bytesOf)
  if (head !== HEAD || !extraLine.startsWith('extra ') || !extra || digits === undefined) return undefined
  if (path.length > MOST_HASHES || !path.every((hash) => hash?.length === 32)) return undefined
  return {
    index: Number(digits),
    entry: extra.toString('utf8'),
    path: path as Uint8Array[],
    note: text.slice(split + 2),
  }
}

/** The checkpoint that the receipt leads to. Throws ERR_LEDGER_INVALID where it leads to none, or to none that the key signed. */
export function verifyReceipt({ index, entry, path, note }: Receipt, vkey: string | undefined): Checkpoint {
  const checkpoint = trustedCheckpoint(note, vkey)
  const { size, root } = checkpoint
  if (verifyInclusion({ leaf: leafHash(entry), index, size, root }, path)) return checkpoint
  throw fault(
    'changed',
    `the receipt does not prove its entry to be entry ${index} of ${statedSize(note)}`,
    index,
  )
}

function bytesOf(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? bytes : undefined
}
