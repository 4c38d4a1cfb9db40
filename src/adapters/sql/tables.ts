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
  /** One row, `id` 1: the newest signed note. */
  checkpoint: { id: number; note: string }
  /** Decisions that let an exchange go on and whose outcome is still to come, by index. */
  open_decision: { idx: number }
  record: { kind: string; key: string; value: string; expires_at: number | null; group: string | null }
}

/** What engines call a column of bytes. */
export interface ColumnTypes {
  readonly bytes: ColumnDataType
}

type Migration = (schema: SchemaModule, types: ColumnTypes) => readonly CompiledQuery[]

/** In order; the version is the position, from 1. Never change one that was released: add another. */
export const MIGRATIONS: readonly Migration[] = [
  (schema, types) => [
    schema
      .createTable('leaf')
      .addColumn('idx', 'integer', (column) => column.primaryKey())
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
      .addColumn('idx', 'integer', (column) => column.primaryKey())
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
]
