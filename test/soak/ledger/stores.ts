// The rounds of each store: a gateway's process is killed, or the database's, while 64 appends of each are in flight.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../../support/postgres.ts'
import { openPostgresStore, openTestStore } from '../../support/test-store.ts'
import { Appender, keep, lookThrough, type Kept } from './rounds.ts'

export interface Rounds {
  readonly rounds: number
  readonly acknowledged: number
  readonly entries: number
  readonly wrong: readonly string[]
}

/** `wrong`: so much was found to be wrong up to then. */
type OnRound = (round: number, wrong: number) => void

const MOST = 400

/** SQLite: the one gateway is killed in each round. */
export async function sqliteRounds(rounds: number, onRound: OnRound): Promise<Rounds> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-rounds-'))
  const kept: Kept = { acknowledged: new Map(), wrong: [], before: undefined }
  let entries = 0
  let appender: Appender | undefined
  try {
    for (let round = 1; round <= rounds; round++) {
      appender = new Appender([folder])
      await appender.reaches(1 + Math.floor(Math.random() * MOST))
      await appender.kill()
      keep(kept, appender)
      const store = await openTestStore({ folder })
      entries = await lookThrough(kept, store.log, store.vkey)
      await store.close()
      onRound(round, kept.wrong.length)
    }
  } finally {
    await appender?.kill()
    rmSync(folder, { recursive: true, force: true })
  }
  return { rounds, acknowledged: kept.acknowledged.size, entries, wrong: kept.wrong }
}

/** PostgreSQL: two gateways append at once; in turns one of them is killed, and the server under both. */
export async function postgresRounds(rounds: number, onRound: OnRound): Promise<Rounds> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-rounds-'))
  const kept: Kept = { acknowledged: new Map(), wrong: [], before: undefined }
  const server = await startPostgres()
  let entries = 0
  let living: Appender[] = []
  try {
    const url = await server.database()
    const keyPath = join(folder, 'ledger.key')
    const watching = await openPostgresStore({ url, keyPath, leaseMs: 3_000 })
    const start = () => new Appender([url, keyPath])
    living = [start(), start()]
    for (let round = 1; round <= rounds; round++) {
      const enough = 1 + Math.floor(Math.random() * MOST)
      const from = living.map(({ acknowledged }) => acknowledged.size)
      await Promise.all(living.map((appender, at) => appender.reaches((from[at] ?? 0) + enough)))
      if (round % 2 === 0) {
        await server.kill()
        await server.start()
      } else {
        const dying = living.shift() as Appender
        await dying.kill()
        keep(kept, dying)
        living.push(start())
      }
      onRound(round, kept.wrong.length)
    }
    for (const appender of living.splice(0)) {
      await appender.kill()
      keep(kept, appender)
    }
    await watching.close()
    const store = await openPostgresStore({ url, keyPath, leaseMs: 3_000 })
    entries = await lookThrough(kept, store.log, store.vkey)
    await store.close()
  } finally {
    for (const appender of living) await appender.kill()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { rounds, acknowledged: kept.acknowledged.size, entries, wrong: kept.wrong }
}
