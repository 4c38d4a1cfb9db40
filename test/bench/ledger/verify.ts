// `sluice audit verify` of a million entries, by the real binary, beside hashing the same tree and nothing else.
import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tilePath, TILE_WIDTH, tileWidth } from '../../../src/audit/tiles.ts'
import type { Tell } from '../ledger.ts'
import { MILLION, millionEntries } from './million.ts'

const ROUNDS = 3
const sluice = fileURLToPath(new URL('../../../bin/run.js', import.meta.url))

export async function measureVerify(tell: Tell): Promise<void> {
  const { folder } = millionEntries()
  const args = ['audit', 'verify', '--dir', folder, '--vkey', join(folder, 'vkey'), '--json']
  const ours: number[] = []
  const floor: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    floor.push(hashAll(folder))
    const start = performance.now()
    const checkpoint = ['--checkpoint', join(folder, 'checkpoint')]
    const { status, stdout } = spawnSync(process.execPath, [sluice, ...args, ...checkpoint], {
      encoding: 'utf8',
    })
    ours.push((performance.now() - start) / 1000)
    if (status !== 0) throw new Error(stdout)
  }
  const best = Math.min(...ours)
  const peerValue = Math.min(...floor)
  tell({
    name: 'verify: 1M entries',
    value: best,
    unit: 's',
    peer: 'reading and hashing them in one thread',
    peerValue,
  })
}

/** Seconds for the bundles read, and a hash for each leaf and inner node, without a look at anything. */
function hashAll(folder: string): number {
  const start = performance.now()
  const node = new Uint8Array(65)
  for (let number = 0; tileWidth(0, number, MILLION) > 0; number++) {
    const bundle = readFileSync(join(folder, tilePath('entries', number, tileWidth(0, number, MILLION))))
    for (let at = 0; at < bundle.length;) {
      const end = at + 2 + bundle.readUInt16BE(at)
      hash('sha256', bundle.subarray(at + 1, end), 'buffer')
      at = end
    }
    for (let at = 1; at < TILE_WIDTH; at++) hash('sha256', node, 'buffer')
  }
  return (performance.now() - start) / 1000
}
