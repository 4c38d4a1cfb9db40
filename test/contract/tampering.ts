// Every way to tamper with a ledger, each found, and named, against what an anchor has seen (promise 4).
import t, { type Test } from 'tap'
import { canonicalJson } from '../../src/base/canonical-json.ts'
import type { Json } from '../../src/base/canonical-json.ts'
import { SluiceError } from '../../src/base/errors.ts'
import { generateSkey, signerOf } from '../../src/audit/note.ts'
import type { LedgerFiles } from '../../src/audit/published.ts'
import { checkBundle } from '../../src/audit/verify/check-bundle.ts'
import type { FaultKind } from '../../src/audit/verify/fault.ts'
import { verifyLedger } from '../../src/audit/verify/verify-ledger.ts'
import { layOut } from '../support/laid-out.ts'
import { decision } from '../support/test-store.ts'

export interface TamperedLedger {
  /** The files as a verifier gets them. */
  readonly files: LedgerFiles
  /** Other entries in the place of the stored ones; hashes and checkpoint stay. */
  putEntries(texts: readonly string[]): Promise<void>
  /** Other hashes in the place of a stored tile. */
  putTile(level: number, number: number, hashes: Uint8Array): Promise<void>
  /** All of it anew: entries, hashes, and a checkpoint signed by this key, which the ledger goes on with. */
  remake(texts: readonly string[], skey: string): Promise<void>
}

/** Sets up a ledger of these entries, under this key. */
export type SetUp = (t: Test, texts: readonly string[], skey: string) => Promise<TamperedLedger>

const ORIGIN = 'gw.example/ledger'
const SIZE = 700
const skey = generateSkey(ORIGIN)
const { vkey } = signerOf(skey)
const entry = (rule: string) => canonicalJson(decision({ effect: 'deny', rule }) as unknown as Json)
const texts = Array.from({ length: SIZE }, (_, at) => entry(`rule ${at}`))
const extra = entry('never signed')
const flipped = (at: number) => texts.with(at, (texts[at] as string).replace('"deny"', '"dent"'))
const anchor = (size: number) => ({ note: layOut(texts.slice(0, size), skey).note, source: `of ${size}` })
const anchors = [anchor(100), anchor(650)]

interface Tampering {
  readonly name: string
  readonly tamper: (ledger: TamperedLedger) => Promise<void>
  readonly fault: FaultKind
  readonly entry?: number
  readonly message?: RegExp
  /** Where the store that serves it sees it, too, and says so in its own words. */
  readonly orElse?: FaultKind
}

const entries =
  (tampered: readonly string[]) =>
  (ledger: TamperedLedger): Promise<void> =>
    ledger.putEntries(tampered)

const TAMPERINGS: readonly Tampering[] = [
  ...[0, 57, 255, 256, 511, 640, 699].map((at) => ({
    name: `flip entry ${at}`,
    tamper: entries(flipped(at)),
    fault: 'changed' as const,
    entry: at,
  })),
  {
    name: 'flip an entry into what is no JSON',
    tamper: entries(texts.with(300, `${texts[300]?.slice(0, -1)},`)),
    fault: 'changed',
    entry: 300,
    message: /, and is not canonical JSON/,
  },
  ...[0, 57, 255, 256, 640].map((at) => ({
    name: `drop entry ${at}`,
    tamper: entries(texts.toSpliced(at, 1)),
    fault: 'missing' as const,
    entry: at,
  })),
  ...[0, 57, 255, 256, 640].map((at) => ({
    name: `insert before entry ${at}`,
    tamper: entries(texts.toSpliced(at, 0, extra)),
    fault: 'inserted' as const,
    entry: at,
  })),
  ...[0, 57, 255, 511, 640].map((at) => ({
    name: `swap entries ${at} and ${at + 1}`,
    tamper: entries(swapped(at, at + 1)),
    fault: 'reordered' as const,
    entry: at,
  })),
  { name: 'swap entries far apart', tamper: entries(swapped(57, 200)), fault: 'reordered', entry: 57 },
  {
    name: 'copy an entry over another',
    tamper: entries(texts.with(9, texts[5] as string)),
    fault: 'reordered',
    entry: 9,
  },
  {
    name: 'cut off the end',
    tamper: entries(texts.slice(0, 650)),
    fault: 'truncated',
    entry: 650,
    orElse: 'missing',
  },
  {
    name: 'cut off whole bundles',
    tamper: entries(texts.slice(0, 256)),
    fault: 'truncated',
    entry: 256,
    orElse: 'missing',
  },
  { name: 'leave nothing', tamper: entries([]), fault: 'truncated', entry: 0, orElse: 'missing' },
  {
    name: 'flip a leaf’s hash',
    tamper: (ledger) => ledger.putTile(0, 1, bent(tile('tile/0/001'), 32 * 44)),
    fault: 'tile',
    entry: 256,
  },
  {
    name: 'flip an inner hash',
    tamper: (ledger) => ledger.putTile(1, 0, bent(tile('tile/1/000.p/2'), 40)),
    fault: 'rewritten',
    entry: 256,
    message: /entries 256 to 511 .* tile\/1\/000\.p\/2/,
  },
  {
    name: 'flip an entry with its hash',
    tamper: async (ledger) => {
      await ledger.putEntries(flipped(300))
      await ledger.putTile(0, 1, layOut(flipped(300), skey).files.get('tile/0/001') as Uint8Array)
    },
    fault: 'rewritten',
    entry: 256,
    message: /entries 256 to 511/,
  },
  {
    name: 'flip an entry with all hashes above it',
    tamper: async (ledger) => {
      const { files } = layOut(flipped(300), skey)
      await ledger.putEntries(flipped(300))
      await ledger.putTile(0, 1, files.get('tile/0/001') as Uint8Array)
      await ledger.putTile(1, 0, files.get('tile/1/000.p/2') as Uint8Array)
    },
    fault: 'rewritten',
    entry: 100,
    message: /rewritten before entry 650 from entry 100 on/,
  },
  {
    name: 'fork: other entries since an anchor, signed',
    tamper: (ledger) =>
      ledger.remake([...texts.slice(0, 640), ...Array.from({ length: 90 }, () => extra)], skey),
    fault: 'forked',
    entry: 100,
    message: /before entry 650 and from entry 100 on: .* the checkpoint of 650/,
  },
  {
    name: 'fork: one entry changed before every anchor, signed',
    tamper: (ledger) => ledger.remake(flipped(57), skey),
    fault: 'forked',
    entry: 0,
    message: /before entry 100: /,
  },
  {
    name: 'fork at an anchor’s own size',
    tamper: (ledger) => ledger.remake(flipped(640).slice(0, 650), skey),
    fault: 'forked',
    entry: 100,
  },
  {
    name: 'roll back, to a checkpoint that was signed',
    tamper: (ledger) => ledger.remake(texts.slice(0, 600), skey),
    fault: 'rolled-back',
    entry: 600,
    message: /it holds 600 entries, the checkpoint of 650 covers 650/,
  },
  {
    name: 'roll back to nothing',
    tamper: (ledger) => ledger.remake([], skey),
    fault: 'rolled-back',
    entry: 0,
  },
  {
    name: 'sign it with another key',
    tamper: (ledger) => ledger.remake(texts, generateSkey(ORIGIN)),
    fault: 'other-key',
    message: /signed by key [0-9a-f]{8}, not by key [0-9a-f]{8}/,
  },
]

/** Runs all of it on the ledgers that `setUp` sets up. */
export function tamperBattery(name: string, setUp: SetUp): void {
  const verify = (files: LedgerFiles) =>
    verifyLedger({
      files,
      vkey,
      anchors,
      check: async (bytes, width) => checkBundle(Uint8Array.from(bytes), width),
    })

  t.test(`${name}: untouched, it verifies`, async (t) => {
    const { files } = await setUp(t, texts, skey)
    const { checkpoint, anchor } = await verify(files)
    t.equal(checkpoint.size, SIZE)
    t.equal(anchor?.size, 650)
  })

  for (const { tamper, fault, orElse, message, ...tampering } of TAMPERINGS) {
    t.test(`${name}: ${tampering.name}`, async (t) => {
      const ledger = await setUp(t, texts, skey)
      await tamper(ledger)
      const thrown = await verify(ledger.files).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (!(thrown instanceof SluiceError)) return void t.fail('it is found', { thrown })
      t.equal(thrown.code, 'ERR_LEDGER_INVALID')
      t.ok([fault, orElse].includes(thrown.details['fault'] as FaultKind), `${thrown.message}`)
      if (tampering.entry !== undefined) t.equal(thrown.details['entry'], tampering.entry, thrown.message)
      if (message) t.match(thrown.message, message)
    })
  }
}

function swapped(a: number, b: number): string[] {
  return texts.with(a, texts[b] as string).with(b, texts[a] as string)
}

function tile(path: string): Uint8Array {
  return layOut(texts, skey).files.get(path) as Uint8Array
}

function bent(bytes: Uint8Array, at: number): Uint8Array {
  return Uint8Array.from(bytes).with(at, (bytes[at] as number) ^ 1)
}
