// Receipts: had from the gateway or made from a copied ledger, and verified alone.
import { writeFileSync } from 'node:fs'
import { readCheckpoint, type Checkpoint } from '../audit/checkpoint.ts'
import { decodeBundle } from '../audit/bundle.ts'
import { proveInclusion } from '../audit/prove.ts'
import { encodeReceipt, parseReceipt, verifyReceipt, type Receipt } from '../audit/receipt.ts'
import { TILE_WIDTH } from '../audit/tiles.ts'
import { entryFlaw } from '../audit/verify/entry-flaw.ts'
import { fault } from '../audit/verify/fault.ts'
import { AbsentTile, readBundle, withSubtrees } from '../audit/verify/tile-files.ts'
import { SluiceError } from '../base/errors.ts'
import { clientState, openClient } from './client.ts'
import { mustExtendPin } from './extends.ts'
import { type LedgerChanges, withNewestKey } from './ledger-key.ts'
import { keyIn, textIn } from './ledger.ts'
import { pinner } from './pin.ts'
import { filesIn } from '../adapters/ledger-folder/ledger-folder.ts'

export interface VerifiedReceipt {
  readonly index: number
  /** The entry's exact text. */
  readonly entry: string
  readonly checkpoint: Checkpoint
}

/** Rejects with ERR_LEDGER_UNANCHORED where there is no key to verify it by: neither given, nor pinned for its ledger. */
export async function verifyReceiptFile(path: string, vkey: string | undefined): Promise<VerifiedReceipt> {
  const receipt = parseReceipt(textIn(path))
  if (!receipt)
    throw new SluiceError('ERR_USAGE', `${path} is no receipt.`, {
      nextSteps: ['sluice audit receipt ENTRY'],
    })
  const key = vkey === undefined ? await pinnedKey(receipt.note) : keyIn(vkey)
  const checkpoint = verifyReceipt(receipt, key)
  const { index, entry } = receipt
  if (key !== undefined) {
    const bytes = Buffer.from(entry)
    const flaw = entryFlaw(bytes, 0, bytes.length)
    if (flaw !== undefined)
      throw fault('not-an-entry', `entry ${index} was signed as it is, but ${flaw}`, index)
    return { index, entry, checkpoint }
  }
  const what = `the receipt leads from its entry ${index} to a checkpoint of ${checkpoint.origin}`
  throw new SluiceError(
    'ERR_LEDGER_UNANCHORED',
    `Consistent, unanchored: ${what}, but without the ledger’s key nothing tells who signed that.`,
    {
      nextSteps: ['Get the ledger’s key from its operator: --vkey'],
    },
  )
}

/** The receipt of entry `index`, verified by the gateway's pinned key, and in what extends its pinned checkpoint. Rejects with ERR_NOT_FOUND where it is not there, or another's. */
export async function receiptFromGateway(
  gateway: string | undefined,
  index: number,
  changes: LedgerChanges,
): Promise<string> {
  const client = await withNewestKey(await openClient({ gateway }), changes)
  const response = await client.fetch(`/api/v1/audit/receipt?entry=${index}`)
  const text = await response.text()
  const receipt = parseReceipt(text)
  if (receipt?.index !== index) {
    throw new SluiceError('ERR_LEDGER_INVALID', `What the gateway sent is no receipt of entry ${index}.`, {
      nextSteps: ['Check that CLI and gateway are of one version.'],
    })
  }
  const checkpoint = verifyReceipt(receipt, client.gateway.ledger.vkey)
  await mustExtendPin(client, checkpoint)
  const pin = pinner(client)
  pin.offer(receipt.note)
  await pin.flush()
  return text
}

/** The receipt of entry `index` of a ledger in a folder; its checkpoint is as trustworthy as the folder. */
export async function receiptFromFolder(folder: string, index: number): Promise<string> {
  const files = await filesIn(folder)
  const bytes = await files('checkpoint')
  if (!bytes) throw fault('checkpoint', 'there is no checkpoint')
  const note = Buffer.from(bytes).toString()
  const size = readCheckpoint(note)?.size ?? 0
  if (index >= size) {
    throw new SluiceError(
      'ERR_NOT_FOUND',
      `The ledger in ${folder} has no entry ${index}: it holds ${size}.`,
      {
        nextSteps: ['sluice audit export --dir DIR, for a newer copy'],
      },
    )
  }
  const bundle = await readBundle(files, Math.floor(index / TILE_WIDTH), size)
  const entry = decodeBundle(bundle ?? new Uint8Array())[index % TILE_WIDTH]
  if (entry === undefined) throw fault('missing', `entry ${index} is missing`, index)
  const proved = withSubtrees(files, size, (subtree) => proveInclusion(index, size, subtree))
  const path = await proved.catch((thrown: unknown) => {
    throw thrown instanceof AbsentTile ? fault('tile', `${thrown.path} is missing, or cut short`) : thrown
  })
  const receipt: Receipt = { index, entry, path, note }
  verifyReceipt(receipt, await pinnedKey(note))
  return encodeReceipt(receipt)
}

/** Writes a receipt as a new file. Rejects with ERR_USAGE where there is one of that name. */
export function writeReceipt(path: string, receipt: string): void {
  try {
    writeFileSync(path, receipt, { flag: 'wx' })
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    const what = code === 'EEXIST' ? 'is there already' : `can't be written (${code})`
    throw new SluiceError('ERR_USAGE', `${path} ${what}.`, { cause, nextSteps: ['Name another file: --out'] })
  }
}

/** The key that this machine has pinned for the ledger that the note names. */
async function pinnedKey(note: string): Promise<string | undefined> {
  const { gateways } = await clientState().load()
  const origin = readCheckpoint(note)?.origin
  return Object.values(gateways).find(({ ledger }) => ledger.origin === origin)?.ledger.vkey
}
