// The one schema, whatever the engine: its tables, and the migrations that lead to it.
import { sql } from 'kysely'
import type { ColumnDataType, CompiledQuery, SchemaModule } from 'kysely'

export interface Tables {
  /** One row per migration that has run. */
  migration: { version: number; applied_at: string }
  /** `latest` is the latest time (epoch ms) of this entry and all before it, so that it only grows. */
  leaf: { idx: number; latest: number; subject: string | null; text: string }
  /** Tiles as audit/tiles.ts cuts them; the last of each level is partial. */
  tile: { level: number; number: number; hashes: Uint8Array }
  /** One row, `id` 1: the newest signed note. Every new writer raises `fence`, and every commit checks its own. */
  checkpoint: { id: number; note: string; fence: number }
  /** Decisions that let an exchange go on and whose outcome is still to come, by index; of which gateway, where there are several. */
  open_decision: { idx: number; gateway: string | null }
  /** Gateways that share the store, each seen (epoch ms by the database's clock) now and then while it lives. */
  gateway: { id: string; seen_at: number }
  record: { kind: string; key: string; value: string; expires_at: number | null; group: string | null }
}

/** What engines call a column of bytes, and one of a leaf's index. */
export interface ColumnTypes {
  readonly bytes: ColumnDataType
  readonly index: ColumnDataType
}

type Migration = (schema: SchemaModule, types: ColumnTypes) => readonly CompiledQuery[]

/**
 * In order; the version is the position, from 1. Never change one that was released: add another, by which the
 * statements of the version before still work, for gateways of that version go on beside the one that migrates.
 */
export const MIGRATIONS: readonly Migration[] = [
  (schema, types) => [
    schema
      .createTable('leaf')
      .addColumn('idx', types.index, (column) => column.primaryKey())
      .addColumn('latest', 'bigint', (column) => column.notNull())
      .addColumn('subject', 'text')
      .addColumn('text', 'text', (column) => column.notNull())
      .compile(),
    schema.createIndex('leaf_subject').on('leaf').columns(['subject', 'idx']).compile(),
    schema
      .createTable('tile')
      .addColumn('level', 'integer', (column) => column.notNull())
      .addColumn('number', 'bigint', (column) => column.notNull())
      .addColumn('hashes', types.bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('tile_key', ['level', 'number'])
      .compile(),
    schema
      .createTable('checkpoint')
      .addColumn('id', 'integer', (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn('note', 'text', (column) => column.notNull())
      .compile(),
    schema
      .createTable('open_decision')
      .addColumn('idx', types.index, (column) => column.primaryKey())
      .compile(),
    schema
      .createTable('record')
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('group', 'text')
      .addPrimaryKeyConstraint('record_key', ['kind', 'key'])
      .compile(),
    schema.createIndex('record_group').on('record').column('group').compile(),
    schema.createIndex('record_expiry').on('record').column('expires_at').compile(),
  ],
  (schema) => [
    schema
      .alterTable('checkpoint')
      .addColumn('fence', 'bigint', (column) => column.notNull().defaultTo(0))
      .compile(),
    schema.alterTable('open_decision').addColumn('gateway', 'text').compile(),
    schema
      .createTable('gateway')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('seen_at', 'bigint', (column) => column.notNull())
      .compile(),
  ],
]
