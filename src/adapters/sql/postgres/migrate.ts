// The schema of the store in PostgreSQL, brought up to date by whichever gateway comes first.
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type pg from 'pg'
import { SluiceError } from '../../../base/errors.ts'
import { MIGRATIONS } from '../tables.ts'
import type { Tables } from '../tables.ts'
import { TURN } from './statements.ts'

// One lock for all stores of a database: migrations are rare.
const LOCK = 'SELECT pg_advisory_xact_lock(6010731914161)'

/** Builds SQL for this engine; runs nothing. */
export function compiler(): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
}

/** Throws ERR_STORE where a newer sluice wrote the store. `to` is the version that is wanted. */
export async function migrate(client: pg.Client, shown: string, to = MIGRATIONS.length): Promise<void> {
  await refuseNewer(client, shown)
  if ((await versionOf(client)) === to) return
  await client.query('BEGIN')
  await client.query(LOCK)
  await client.query(
    'CREATE TABLE IF NOT EXISTS migration (version integer PRIMARY KEY, applied_at text NOT NULL)',
  )
  const { schema } = compiler()
  const before = await versionOf(client)
  // Gateways of the version before lock several tables in their turns: in their midst, both would wait for each other.
  if (before > 0) await client.query(TURN)
  for (let version = before + 1; version <= to; version++) {
    const statements = MIGRATIONS[version - 1]?.(schema, { bytes: 'bytea', index: 'bigint' }) ?? []
    for (const statement of statements) await client.query(statement.sql)
    await client.query('INSERT INTO migration VALUES ($1, $2)', [version, new Date().toISOString()])
  }
  await client.query('COMMIT')
}

/** Throws ERR_STORE where a newer sluice wrote the store. */
export async function refuseNewer(client: pg.Client, shown: string): Promise<void> {
  const version = await versionOf(client)
  if (version <= MIGRATIONS.length) return
  const versions = `schema ${version}, this one knows ${MIGRATIONS.length}`
  throw new SluiceError('ERR_STORE', `The store in ${shown} was written by a newer sluice (${versions}).`, {
    nextSteps: ['Run the version of sluice that wrote it, or a newer one.'],
  })
}

/** 0 where there is no store yet. */
export async function versionOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ exists: boolean }>(
    "SELECT to_regclass('migration') IS NOT NULL AS exists",
  )
  if (rows[0]?.exists !== true) return 0
  const found = await client.query<{ version: number }>(
    'SELECT coalesce(max(version), 0) AS version FROM migration',
  )
  return found.rows[0]?.version ?? 0
}
