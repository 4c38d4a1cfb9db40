// The store's thread of a version to come: one migration more, over most tables, which only adds.
import { sql } from 'kysely'
import { parentPort, workerData } from 'node:worker_threads'
import { postgresEngine } from '../../src/adapters/sql/postgres/serve-postgres.ts'
import { serveStore } from '../../src/adapters/sql/serve-store.ts'
import { sqliteEngine } from '../../src/adapters/sql/sqlite/serve-sqlite.ts'
import { MIGRATIONS } from '../../src/adapters/sql/tables.ts'

// Each thread has modules of its own.
;(MIGRATIONS as (typeof MIGRATIONS)[number][]).push((schema) => [
  ...(['tile', 'open_decision', 'record', 'gateway'] as const).map((table) =>
    schema.alterTable(table).addColumn('noted', 'text').compile(),
  ),
  schema
    .alterTable('leaf')
    .addColumn('size', 'integer', (column) => column.notNull().defaultTo(0))
    .compile(),
  schema
    .alterTable('checkpoint')
    .addColumn('epoch', 'bigint', (column) => column.notNull().defaultTo(sql`1`))
    .compile(),
  schema.createTable('hold').addColumn('idx', 'integer').compile(),
])

if (parentPort) serveStore(parentPort, workerData === 'postgres' ? postgresEngine() : sqliteEngine())
