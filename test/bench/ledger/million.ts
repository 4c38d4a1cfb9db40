// A ledger of a million entries in a folder, as audit export writes it; made once a run.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { TreeWriter } from '../../../src/adapters/sql/tree-writer.ts'
import { encodeBundle } from '../../../src/audit/bundle.ts'
import { signCheckpoint } from '../../../src/audit/checkpoint.ts'
import { generateSkey, signerOf } from '../../../src/audit/note.ts'
import { HASH_BYTES, TILE_WIDTH, tilePath } from '../../../src/audit/tiles.ts'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import type { Json } from '../../../src/base/canonical-json.ts'
import { newId } from '../../../src/base/ids.ts'
import { decision, ORIGIN } from '../../support/test-store.ts'

export const MILLION = 1_000_000

export interface Million {
  readonly folder: string
  readonly vkey: string
  /** The text of an entry. */
  textOf(index: number): string
}

let made: Million | undefined

export function millionEntries(): Million {
  return (made ??= make())
}

function make(): Million {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-million-'))
  process.on('exit', () => rmSync(folder, { recursive: true }))
  const put = (path: string, bytes: Uint8Array | string) => {
    const target = join(folder, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, bytes)
  }
  const signer = signerOf(generateSkey(ORIGIN))
  // As entries are, with an exchange of its own each.
  const [before = '', after = ''] = canonicalJson(decision({ exchange: '@' }) as unknown as Json).split('@')
  const exchanges = Array.from({ length: MILLION }, () => newId('ex'))
  const textOf = (index: number) => `${before}${exchanges[index]}${after}`
  const tree = new TreeWriter(
    0,
    () => new Uint8Array(),
    (level, number, hashes) => put(tilePath(level, number, hashes.length / HASH_BYTES), hashes),
  )
  for (let from = 0; from < MILLION; from += TILE_WIDTH) {
    const texts = exchanges.slice(from, from + TILE_WIDTH).map((_, at) => textOf(from + at))
    for (const text of texts) tree.append(text)
    put(tilePath('entries', from / TILE_WIDTH, texts.length), encodeBundle(texts))
  }
  tree.flush()
  put('checkpoint', signCheckpoint({ size: tree.size, root: tree.root() }, signer))
  put('vkey', signer.vkey)
  return { folder, vkey: signer.vkey, textOf }
}
