// Durable appends: how many a second and how long each takes, by how many wait at once, beside one at a time and the disk's own sync.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EntryLog } from '../../../src/audit/log.ts'
import { startPostgres } from '../../support/postgres.ts'
import { decision, openPostgresStore, openThreadedStore } from '../../support/test-store.ts'
import type { Tell } from '../ledger.ts'

/** Of everything in turns, so that all meet the same moods of the machine. */
const ROUNDS = 5
const SECONDS = 0.8
const SYNCS = 60

interface Measured {
  readonly perSecond: number
  /** Milliseconds from the append to its acknowledgement. */
  readonly p50: number
}

export async function measureAppends(tell: Tell): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-appends-'))
  try {
    const sqlite = await openThreadedStore({ folder: join(folder, 'store') })
    await measureStore('SQLite', [sqlite.log], folder, tell)
    await sqlite.close()

    const server = await startPostgres()
    try {
      const at = { url: await server.database(), keyPath: join(folder, 'ledger.key') }
      const one = await openPostgresStore(at)
      const single = await measureStore('PostgreSQL', [one.log], folder, tell)
      // Not before: it would read along.
      const other = await openPostgresStore(at)
      const both = await measure([one.log, other.log], 64, 3)
      const peer = { peer: 'one gateway, 64 at once', peerValue: single.perSecond }
      tell({
        name: 'PostgreSQL, two gateways, 64 at once each',
        value: both.perSecond,
        unit: 'appends/s',
        ...peer,
      })
      await Promise.all([one.close(), other.close()])
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Resolves with what 64 at once do. */
async function measureStore(
  name: string,
  logs: readonly EntryLog[],
  folder: string,
  tell: Tell,
): Promise<Measured> {
  await measure(logs, 64, 0.5)
  const syncs: number[] = []
  const rounds: Record<number, Measured[]> = { 1: [], 64: [], 256: [] }
  for (let round = 0; round < ROUNDS; round++) {
    syncs.push(medianSync(folder))
    for (const [concurrent, measured] of Object.entries(rounds))
      measured.push(await measure(logs, Number(concurrent)))
  }
  const sync = median(syncs)
  const all = Object.entries(rounds).map(
    ([concurrent, measured]) => [concurrent, middleOf(measured)] as const,
  )
  const alone = all[0]?.[1].perSecond as number
  for (const [concurrent, { perSecond, p50 }] of all) {
    const peer = { peer: 'one at a time', peerValue: alone }
    tell({ name: `${name}, ${concurrent} at once`, value: perSecond, unit: 'appends/s', ...peer })
    const disk = { peer: 'fdatasync p50', peerValue: sync }
    tell({ name: `${name}, acknowledged, ${concurrent} at once, p50`, value: p50, unit: 'ms', ...disk })
  }
  return middleOf(rounds[64] as Measured[])
}

function middleOf(measured: readonly Measured[]): Measured {
  return {
    perSecond: median(measured.map(({ perSecond }) => perSecond)),
    p50: median(measured.map(({ p50 }) => p50)),
  }
}

async function measure(logs: readonly EntryLog[], concurrent: number, seconds = SECONDS): Promise<Measured> {
  const latencies: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  const appendOn = async (log: EntryLog): Promise<void> => {
    while (performance.now() < end) {
      const from = performance.now()
      await log.append([decision({ effect: 'deny' })])
      latencies.push(performance.now() - from)
    }
  }
  await Promise.all(logs.flatMap((log) => Array.from({ length: concurrent }, () => appendOn(log))))
  const took = (performance.now() - start) / 1000
  return { perSecond: latencies.length / took, p50: median(latencies) }
}

/** What the disk takes to sync a page that was appended to a file, as a write-ahead log is. */
function medianSync(folder: string): number {
  const file = openSync(join(folder, 'synced'), 'w')
  const page = Buffer.alloc(4096, 1)
  const times = Array.from({ length: SYNCS }, () => {
    const from = performance.now()
    writeSync(file, page)
    fdatasyncSync(file)
    return performance.now() - from
  })
  closeSync(file)
  return median(times)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
