// What is asked of the store in PostgreSQL: committed entries, proofs worked out from tiles, and records.
import type pg from 'pg'
import type { EntryQuery, LoggedEntry } from '../../../audit/log.ts'
import { proveConsistency, proveInclusion } from '../../../audit/prove.ts'
import type { Subtree } from '../../../audit/prove.ts'
import { HASH_BYTES, subtreesOf, TILE_WIDTH } from '../../../audit/tiles.ts'
import type { Answers, ReaderQuestion } from '../messages.ts'
import { queriesOf } from '../queries.ts'
import { compiler } from './migrate.ts'

const QUERIES = queriesOf(compiler())
const FULL = TILE_WIDTH * HASH_BYTES
const TILES_KEPT = 256
const NO_HASHES = new Uint8Array(0)

/** Runs a statement on whatever connection there is for reading. */
export type Ask = <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]) => Promise<Row[]>

class MissingTile extends Error {
  readonly level: number
  readonly number: number

  constructor(level: number, number: number) {
    super(`tile ${level}/${number} was not read yet`)
    this.level = level
    this.number = number
  }
}

export class Reader {
  private readonly ask: Ask
  private tiles = new Map<string, Uint8Array>()
  private subtree: Subtree

  constructor(ask: Ask) {
    this.ask = ask
    this.subtree = subtreesOf(this.readTile)
  }

  /** `size` is that of the committed tree. */
  async answer(question: ReaderQuestion, size: number): Promise<Answers[ReaderQuestion['ask']]> {
    switch (question.ask) {
      case 'read':
        return this.read(question.query)
      case 'firstSince':
        return this.firstSince(question.time, size)
      case 'inclusion': {
        const within = mustHold(question.size, size)
        return this.prove((subtree) => proveInclusion(question.index, within, subtree))
      }
      case 'consistency': {
        const within = mustHold(question.to, size)
        return this.prove((subtree) => proveConsistency(question.from, within, subtree))
      }
      case 'tile':
        return (await this.tile(question.level, question.number)) ?? NO_HASHES
      case 'record': {
        const { kind, key, now } = question
        return (await this.ask<{ value: string }>(QUERIES.record, [kind, key, now]))[0]?.value
      }
    }
  }

  private async read({ from, below, subject, limit }: EntryQuery): Promise<LoggedEntry[]> {
    const rows = await (subject === undefined
      ? this.ask<Leaf>(QUERIES.leaves, [from, below, limit])
      : this.ask<Leaf>(QUERIES.leavesOfSubject, [subject, from, below, limit]))
    return rows.map(({ idx, text }) => ({ index: idx, text }))
  }

  // `latest` only grows, and first reaches a time at the first entry of that time or later.
  private async firstSince(time: number, size: number): Promise<number> {
    let low = 0
    let high = size
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const [row] = await this.ask<{ latest: number }>(QUERIES.latestAt, [middle])
      if ((row?.latest ?? time) >= time) high = middle
      else low = middle + 1
    }
    return low
  }

  // Proofs are worked out in one go: what they lack is read, and they begin again.
  private async prove(work: (subtree: Subtree) => Uint8Array[]): Promise<Uint8Array[]> {
    for (let renewed = false; ;) {
      try {
        return work(this.subtree)
      } catch (thrown) {
        if (thrown instanceof MissingTile) await this.load(thrown.level, thrown.number)
        // A tile that was read while it was partial may have grown since.
        else if (thrown instanceof RangeError && !renewed) {
          renewed = true
          this.forgetPartial()
        } else throw thrown
      }
    }
  }

  private readonly readTile = (level: number, number: number): Uint8Array => {
    const tile = this.tiles.get(`${level}/${number}`)
    if (!tile) throw new MissingTile(level, number)
    return tile
  }

  private async load(level: number, number: number): Promise<void> {
    const hashes = await this.tile(level, number)
    if (!hashes) throw new RangeError(`tile ${level}/${number} is not stored`)
    if (this.tiles.size >= TILES_KEPT) this.tiles.clear()
    this.tiles.set(`${level}/${number}`, hashes)
  }

  private async tile(level: number, number: number): Promise<Uint8Array | undefined> {
    return (await this.ask<{ hashes: Uint8Array }>(QUERIES.tile, [level, number]))[0]?.hashes
  }

  private forgetPartial(): void {
    this.tiles = new Map([...this.tiles].filter(([, hashes]) => hashes.length === FULL))
    this.subtree = subtreesOf(this.readTile)
  }
}

interface Leaf {
  readonly idx: number
  readonly text: string
}

function mustHold(size: number, committed: number): number {
  if (size <= committed) return size
  throw new RangeError(`the ledger holds ${committed} entries, not ${size}`)
}
