// Why a store in PostgreSQL would be refused at the start, found without changing it.
import type pg from 'pg'
import { clockFault } from '../../../audit/clock-check.ts'
import { SluiceError } from '../../../base/errors.ts'
import { parseDatabaseAddress } from '../../../config/database-address.ts'
import { refuseLatched } from '../latch-file.ts'
import { openSigner } from '../signing-key.ts'
import { MIGRATIONS } from '../tables.ts'
import { connect, disconnect } from './connect.ts'
import { refuseLossy } from './durability.ts'
import { refuseNewer, versionOf } from './migrate.ts'
import { refusalOf } from './reasons.ts'
import { newestTime } from './serve-postgres.ts'

export interface DatabaseToInspect {
  readonly url: string
  readonly keyPath: string
  readonly origin: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** What `openStore` would reject with, as far as it can be told beforehand; undefined where nothing is in the way. */
export async function databaseRefusal(store: DatabaseToInspect): Promise<SluiceError | undefined> {
  let client: pg.Client | undefined
  const { shown } = parseDatabaseAddress(store.url)
  try {
    client = await connect(store.url)
    await look(client, shown, store)
    return undefined
  } catch (thrown) {
    return refusalOf(thrown, shown)
  } finally {
    if (client) disconnect(client)
  }
}

/** The newest checkpoint of the store; undefined where it has none yet. */
export async function databaseCheckpoint(url: string): Promise<string | undefined> {
  const client = await connect(url).catch((thrown: unknown) => {
    throw refusalOf(thrown, parseDatabaseAddress(url).shown)
  })
  try {
    if ((await versionOf(client)) === 0) return undefined
    const { rows } = await client.query<{ note: string }>('SELECT note FROM checkpoint')
    return rows[0]?.note
  } finally {
    disconnect(client)
  }
}

/** Rejects with ERR_STORE where a gateway was there within `leaseMs`, by the database's clock. */
export async function refuseServed(url: string, leaseMs = 30_000): Promise<void> {
  const { shown } = parseDatabaseAddress(url)
  let client: pg.Client | undefined
  try {
    client = await connect(url)
    const { rows } = await client.query<{ any: boolean }>(
      'SELECT EXISTS (SELECT FROM gateway WHERE seen_at >= extract(epoch FROM clock_timestamp()) * 1000 - $1::bigint) AS any',
      [leaseMs],
    )
    if (rows[0]?.any !== true) return
  } catch (thrown) {
    throw refusalOf(thrown, shown)
  } finally {
    if (client) disconnect(client)
  }
  throw new SluiceError('ERR_STORE', `A gateway is using the store in ${shown}.`, {
    nextSteps: [`Stop every gateway; one that was killed counts for ${leaseMs / 1000} s more.`],
  })
}

async function look(
  client: pg.Client,
  shown: string,
  { keyPath, origin, now }: DatabaseToInspect,
): Promise<void> {
  await refuseLossy(client, shown)
  await refuseNewer(client, shown)
  refuseLatched(keyPath)
  const version = await versionOf(client)
  if (version < MIGRATIONS.length && !(await mayCreate(client)))
    throw refusalOf(Object.assign(new Error(), { code: '42501' }), shown)
  const newest = version === 0 ? undefined : await newestTime(client)
  if (newest !== undefined) openSigner(keyPath, origin, 'existing')
  const fault = clockFault(now, newest)
  if (fault) throw fault
}

async function mayCreate(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may",
  )
  return rows[0]?.may === true
}
