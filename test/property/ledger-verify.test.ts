// Proofs, tiles and verification against a reference written straight from RFC 6962; and what counts as an entry.
import fc from 'fast-check'
import t from 'tap'
import { signCheckpoint } from '../../src/audit/checkpoint.ts'
import { verifyConsistency, verifyInclusion } from '../../src/audit/merkle.ts'
import { generateSkey, signerOf } from '../../src/audit/note.ts'
import { proveConsistency, proveInclusion } from '../../src/audit/prove.ts'
import { checkBundle } from '../../src/audit/verify/check-bundle.ts'
import { entryFlaw } from '../../src/audit/verify/entry-flaw.ts'
import { withSubtrees } from '../../src/audit/verify/tile-files.ts'
import { verifyLedger } from '../../src/audit/verify/verify-ledger.ts'
import { canonicalJson } from '../../src/base/canonical-json.ts'
import type { Json } from '../../src/base/canonical-json.ts'
import { layOut, plainLeaf, plainRoot } from '../support/laid-out.ts'

const MOST = 1200
const skey = generateSkey('gw.example/ledger')
const { vkey } = signerOf(skey)
const texts = Array.from({ length: MOST }, (_, at) => `{"kind":"k","n":${at},"time":"t","v":1}`)
const leaves = texts.map(plainLeaf)
// Around the borders of bundles most can go wrong.
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.constantFrom(255, 256, 257, 511, 512, 513, 767, 768, 769, 1023, 1024, 1025),
  fc.integer({ min: 1, max: MOST }),
)
const laid = new Map<number, ReturnType<typeof layOut>>()
const ledgerOf = (size: number) => {
  const known = laid.get(size) ?? layOut(texts.slice(0, size), skey)
  laid.set(size, known)
  return { note: known.note, files: async (path: string) => known.files.get(path) }
}

/** PATH(m, D[n]) of RFC 6962 §2.1.1. */
function plainPath(m: number, hashes: readonly Uint8Array[]): Uint8Array[] {
  if (hashes.length === 1) return []
  const k = 2 ** Math.ceil(Math.log2(hashes.length) - 1)
  return m < k
    ? [...plainPath(m, hashes.slice(0, k)), plainRoot(hashes.slice(k))]
    : [...plainPath(m - k, hashes.slice(k)), plainRoot(hashes.slice(0, k))]
}

/** SUBPROOF(m, D[n], b) of RFC 6962 §2.1.2. */
function plainProof(m: number, hashes: readonly Uint8Array[], b = true): Uint8Array[] {
  if (m === hashes.length) return b ? [] : [plainRoot(hashes)]
  const k = 2 ** Math.ceil(Math.log2(hashes.length) - 1)
  return m <= k
    ? [...plainProof(m, hashes.slice(0, k), b), plainRoot(hashes.slice(k))]
    : [...plainProof(m - k, hashes.slice(k), false), plainRoot(hashes.slice(0, k))]
}

const hex = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex'))

t.test('of any size, any entry: the proof from tiles is RFC 6962’s, and verifies', async (t) => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), async (size, n) => {
      const index = n % size
      const path = await withSubtrees(ledgerOf(size).files, size, (subtree) =>
        proveInclusion(index, size, subtree),
      )
      t.same(hex(path), hex(plainPath(index, leaves.slice(0, size))))
      const claim = {
        leaf: plainLeaf(texts[index] as string),
        index,
        size,
        root: plainRoot(leaves.slice(0, size)),
      }
      return verifyInclusion(claim, path)
    }),
    { seed: 6962, numRuns: 120 },
  )
})

t.test('of any two sizes: the consistency proof from tiles is RFC 6962’s, and verifies', async (t) => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), async (to, n) => {
      const from = 1 + (n % to)
      const path = await withSubtrees(ledgerOf(to).files, to, (subtree) =>
        proveConsistency(from, to, subtree),
      )
      t.same(hex(path), hex(plainProof(from, leaves.slice(0, to))))
      const [fromRoot, toRoot] = [plainRoot(leaves.slice(0, from)), plainRoot(leaves.slice(0, to))]
      return verifyConsistency({ from, fromRoot, to, toRoot }, path)
    }),
    { seed: 6962, numRuns: 120 },
  )
})

t.test('of any size, from any entry on, against any anchors: what is whole verifies', async () => {
  const check = async (bytes: Uint8Array, width: number) => checkBundle(Uint8Array.from(bytes), width)
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), fc.array(fc.nat(), { maxLength: 3 }), async (size, from, seen) => {
      const anchors = seen.map((n) => ({ note: noteOf(n % (size + 1)), source: 'seen' }))
      const { files } = ledgerOf(size)
      const first = from % (size + 2)
      const verified = await verifyLedger({ files, vkey, anchors, check, from: async () => first })
      return verified.checkpoint.size === size && verified.from <= first
    }),
    { seed: 6962, numRuns: 120 },
  )
})

function noteOf(size: number): string {
  return signCheckpoint({ size, root: plainRoot(leaves.slice(0, size)) }, signerOf(skey))
}

t.test('an entry is in its one spelling, and in no other', async () => {
  const value = fc.jsonValue({ maxDepth: 3 })
  const more = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 5 }), value, { maxKeys: 4 })
  const edit = fc.tuple(
    fc.nat(),
    fc.constantFrom('', ' ', '"', '\\', ',', '0', '-', '{', '\u0001', 'é', '\\u001f', '\\u000a'),
  )
  const isCanonical = (text: string): boolean => {
    try {
      const parsed = JSON.parse(text) as Json
      return (
        typeof parsed === 'object' &&
        parsed !== null &&
        !Array.isArray(parsed) &&
        canonicalJson(parsed) === text
      )
    } catch {
      return false
    }
  }
  fc.assert(
    fc.property(more, fc.array(edit, { maxLength: 2 }), (members, edits) => {
      const entry = { ...members, kind: 'decision', time: '2026-11-23T14:00:00.000Z', v: 1 }
      let text = canonicalJson(entry as unknown as Json)
      for (const [at, letters] of edits) text = spliced(text, at % text.length, letters)
      if (!text.isWellFormed()) return true
      const bytes = Buffer.from(`[[${text}]]`)
      const flaw = entryFlaw(bytes, 2, bytes.length - 2)
      return isCanonical(text)
        ? flaw === undefined || flaw.startsWith('is no entry')
        : flaw === 'is not canonical JSON'
    }),
    { seed: 8785, numRuns: 4000 },
  )
})

function spliced(text: string, at: number, letters: string): string {
  return text.slice(0, at) + letters + text.slice(letters === '' ? at + 1 : at)
}
