// What is asked of the store: committed entries, proofs worked out from tiles, and records.
import type Database from 'better-sqlite3'
import type { EntryQuery, LoggedEntry } from '../../../audit/log.ts'
import { proveConsistency, proveInclusion } from '../../../audit/prove.ts'
import type { Subtree } from '../../../audit/prove.ts'
import { subtreesOf } from '../../../audit/tiles.ts'
import type { ReadTile } from '../../../audit/tiles.ts'
import { queriesOf } from '../queries.ts'
import type { Answers, ReaderQuestion } from '../messages.ts'
import type { OpenDatabase } from './open-database.ts'

/** Tiles as they are stored; throws RangeError where there is none. */
export function tilesIn({ db, sql }: OpenDatabase): ReadTile {
  const tile = db.prepare(queriesOf(sql).tile).pluck()
  return (level, number) => {
    const hashes = tile.get(level, number) as Uint8Array | undefined
    if (!hashes) throw new RangeError(`tile ${level}/${number} is not stored`)
    return hashes
  }
}

const NO_HASHES = new Uint8Array()

export class Reader {
  private readonly statements: { readonly [name in Query]: Database.Statement }
  private readonly subtree: Subtree

  constructor(database: OpenDatabase) {
    const texts = queriesOf(database.sql)
    const prepare = (name: Query) => database.db.prepare(texts[name])
    this.statements = {
      leaves: prepare('leaves'),
      leavesOfSubject: prepare('leavesOfSubject'),
      latestAt: prepare('latestAt').pluck(),
      tile: prepare('tile').pluck(),
      record: prepare('record').pluck(),
    }
    this.subtree = subtreesOf(tilesIn(database))
  }

  /** `size` is that of the committed tree. */
  answer(question: ReaderQuestion, size: number): Answers[ReaderQuestion['ask']] {
    switch (question.ask) {
      case 'read':
        return this.read(question.query)
      case 'firstSince':
        return this.firstSince(question.time, size)
      case 'inclusion':
        return proveInclusion(question.index, within(question.size, size), this.subtree)
      case 'consistency':
        return proveConsistency(question.from, within(question.to, size), this.subtree)
      case 'tile':
        return (
          (this.statements.tile.get(question.level, question.number) as Uint8Array | undefined) ?? NO_HASHES
        )
      case 'record':
        return this.statements.record.get(question.kind, question.key, question.now) as string | undefined
    }
  }

  private read({ from, below, subject, limit }: EntryQuery): LoggedEntry[] {
    const { leaves, leavesOfSubject } = this.statements
    const rows = (
      subject === undefined
        ? leaves.all(from, below, limit)
        : leavesOfSubject.all(subject, from, below, limit)
    ) as { idx: number; text: string }[]
    return rows.map(({ idx, text }) => ({ index: idx, text }))
  }

  // `latest` only grows, and first reaches a time at the first entry of that time or later.
  private firstSince(time: number, size: number): number {
    let low = 0
    let high = size
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((this.statements.latestAt.get(middle) as number) >= time) high = middle
      else low = middle + 1
    }
    return low
  }
}

type Query = 'leaves' | 'leavesOfSubject' | 'latestAt' | 'tile' | 'record'

function within(size: number, committed: number): number {
  if (size <= committed) return size
  throw new RangeError(`the ledger holds ${committed} entries, not ${size}`)
}
