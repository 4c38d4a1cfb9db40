// The latch, kept beside the ledger's key: a gateway whose store went back behind what was acknowledged does not go on,
// not even after a restart, before a person has looked (sluice gateway unlatch).
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SluiceError } from '../../base/errors.ts'
import { writeDurably } from './durable-file.ts'

export interface Latch {
  /** Completes "the ledger latched:". */
  readonly reason: string
  /** RFC 3339. */
  readonly at: string
  /** The newest checkpoint that was acknowledged, a signed note. */
  readonly acknowledged: string
  /** The checkpoint that was found instead; empty where none could be read. */
  readonly found: string
}

/** Undefined where the ledger is not latched. Throws ERR_STORE where the file can't be read as one. */
export function readLatch(keyPath: string): Latch | undefined {
  const path = latchPath(keyPath)
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Latch
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new SluiceError('ERR_STORE', `The ledger's latch can't be read: ${path}.`, { cause })
  }
}

/** Throws ERR_STORE where the ledger is latched. */
export function refuseLatched(keyPath: string): void {
  const latch = readLatch(keyPath)
  if (!latch) return
  throw new SluiceError('ERR_STORE', `The ledger is latched since ${latch.at}: ${latch.reason}.`, {
    nextSteps: [
      'See what was found, and decide: sluice gateway unlatch',
      'Where it stays lost, put it on record: sluice gateway recover',
    ],
  })
}

export function writeLatch(keyPath: string, latch: Latch): void {
  writeDurably(latchPath(keyPath), `${JSON.stringify(latch)}\n`)
}

export function removeLatch(keyPath: string): void {
  rmSync(latchPath(keyPath))
}

function latchPath(keyPath: string): string {
  return join(dirname(keyPath), 'ledger.latch')
}
