// Every statement of the store, built once for an engine's SQL. Parameters are bound by position, in the order named here.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** The texts of the statements; the values that they are built with only hold the parameters' places. */
export function queriesOf(db: Kysely<Tables>) {
  const bytes = new Uint8Array(0)
  const leaves = db.selectFrom('leaf').select(['idx', 'text'])
  const texts = {
    /** idx, latest, subject, text */
    insertLeaf: db.insertInto('leaf').values({ idx: 0, latest: 0, subject: '', text: '' }),
    /** from, below, limit */
    leaves: leaves.where('idx', '>=', 0).where('idx', '<', 0).orderBy('idx').limit(0),
    /** subject, from, below, limit */
    leavesOfSubject: leaves
      .where('subject', '=', '')
      .where('idx', '>=', 0)
      .where('idx', '<', 0)
      .orderBy('idx')
      .limit(0),
    /** idx */
    latestAt: db.selectFrom('leaf').select('latest').where('idx', '=', 0),
    lastLeaf: db.selectFrom('leaf').select(['idx', 'latest']).orderBy('idx', 'desc').limit(sql.lit(1)),

    /** level, number, hashes */
    putTile: db
      .insertInto('tile')
      .values({ level: 0, number: 0, hashes: bytes })
      .onConflict((tile) =>
        tile.columns(['level', 'number']).doUpdateSet((row) => ({ hashes: row.ref('excluded.hashes') })),
      ),
    /** level, number */
    tile: db.selectFrom('tile').select('hashes').where('level', '=', 0).where('number', '=', 0),

    /** note, fence */
    firstCheckpoint: db.insertInto('checkpoint').values({ note: '', fence: 0, id: sql.lit(1) }),
    /** note, fence */
    putCheckpoint: db.updateTable('checkpoint').set({ note: '' }).where('fence', '=', 0),
    /** the next, the last */
    raiseFence: db.updateTable('checkpoint').set({ fence: 0 }).where('fence', '=', 0),
    checkpoint: db.selectFrom('checkpoint').select(['note', 'fence']),

    /** idx */
    openDecision: db.insertInto('open_decision').values({ idx: 0 }),
    /** idx */
    closeDecision: db.deleteFrom('open_decision').where('idx', '=', 0),
    openDecisions: db
      .selectFrom('open_decision')
      .innerJoin('leaf', 'leaf.idx', 'open_decision.idx')
      .select(['leaf.idx', 'leaf.text'])
      .orderBy('leaf.idx'),

    /** kind, key, value, expires_at, group */
    putRecord: db
      .insertInto('record')
      .values({ kind: '', key: '', value: '', expires_at: 0, group: '' })
      .onConflict((record) =>
        record.columns(['kind', 'key']).doUpdateSet((row) => ({
          value: row.ref('excluded.value'),
          expires_at: row.ref('excluded.expires_at'),
          group: row.ref('excluded.group'),
        })),
      ),
    /** kind, key, now */
    record: db
      .selectFrom('record')
      .select('value')
      .where('kind', '=', '')
      .where('key', '=', '')
      .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', 0)])),
    /** kind, key */
    removeRecord: db.deleteFrom('record').where('kind', '=', '').where('key', '=', ''),
    /** group */
    removeGroup: db.deleteFrom('record').where('group', '=', ''),
    /** now */
    removeExpired: db.deleteFrom('record').where('expires_at', '<=', 0),
  }
  return Object.fromEntries(
    Object.entries(texts).map(([name, query]) => [name, query.compile().sql]),
  ) as Record<keyof typeof texts, string>
}
