// The writer in PostgreSQL: what is written in its turns (turns.ts).
import type pg from 'pg'
import { signCheckpoint, signedBesides, statedSize } from '../../../audit/checkpoint.ts'
import { exchangeOf, interruptedLeaf } from '../interrupted.ts'
import type { Leaf } from '../leaf.ts'
import type { Batch, Committed, Head, RecordChange } from '../messages.ts'
import { queriesOf } from '../queries.ts'
import { compiler } from './migrate.ts'
import { GONE_ON, TurnFault } from './reasons.ts'
import { APPEND, FORGET_GATEWAYS, ORPHANS, TEXTS } from './statements.ts'
import { Turns } from './turns.ts'
import type { Turn, Writer } from './turns.ts'

const QUERIES = queriesOf(compiler())
const PURGE_EVERY_MS = 60_000

export class Sequencer {
  private readonly writer: Writer
  private readonly turns: Turns
  /** Where the batch stands whose commit was sent last. */
  private planned: number | undefined
  private purgedAt = 0

  constructor(writer: Writer, head: Head) {
    this.writer = writer
    this.turns = new Turns(writer, head)
  }

  /** The newest that this gateway has seen committed. */
  get head(): Head {
    return this.turns.head
  }

  /** Another gateway may have committed up to there. */
  hear(head: Head): void {
    this.turns.hear(head)
  }

  /** Commits the batch in one turn. Where it rejects, the batch's fate is unknown until `recover` was asked. */
  commit(batch: Batch): Promise<Committed> {
    const { leaves, changes, interrupt, now, besides } = batch
    const blind = changes.length === 0 && interrupt.length === 0 && besides === undefined
    this.planned = undefined
    return this.turns.take(
      async (turn) => {
        for (const change of changes) await this.change(turn.client, change)
        if (changes.length > 0) await this.purge(turn.client, now)
        const cut = interrupt.flatMap((exchange) => turn.open.get(exchange) ?? [])
        const first = turn.tip.tree.size
        this.append(turn, [...leaves, ...(await this.interrupted(turn, cut, now))], besides)
        if (leaves.length > 0) this.planned = first
        return first
      },
      { blind, besides },
    )
  }

  /**
   * Where the batch stands whose commit failed; undefined where it is not there. The turn waits for the end of the one
   * that failed, and raises the fence: what is read in it stays.
   */
  recover({ leaves, besides }: Batch): Promise<Committed | undefined> {
    this.turns.leave()
    const planned = this.planned
    let there = false
    const taken = this.turns.take(
      async ({ client }) => {
        if (planned === undefined) return 0
        const range = Array.from(leaves, (_, at) => planned + at)
        const { rows } = await client.query<{ text: string }>(TEXTS, [range])
        there = rows.length === leaves.length && rows.every(({ text }, at) => text === leaves[at]?.text)
        return planned
      },
      { besides },
    )
    return taken.then((found) => (there ? found : undefined))
  }

  /** Ends the exchanges of gateways that have gone, or were not seen for `leaseMs`. Resolves with whether there were any. */
  async endOrphans(now: number, leaseMs = this.writer.leaseMs): Promise<boolean> {
    const before = this.head.size
    await this.turns.take(async (turn) => {
      const { client, tip } = turn
      const { rows } = await client.query<{ idx: number; text: string }>(ORPHANS, [leaseMs])
      const leaves = rows.map(({ text }) => interruptedLeaf(text, now, tip.latest))
      const orphans = new Map(rows.map(({ idx, text }) => [exchangeOf(text), idx]))
      this.append(turn, leaves, undefined, orphans)
      if (rows.length === 0) await client.query(FORGET_GATEWAYS, [leaseMs, this.writer.gateway])
      return tip.tree.size
    })
    return this.head.size > before
  }

  /** Lets go of the connection, for good. */
  close(): void {
    this.turns.close()
  }

  private append(turn: Turn, leaves: readonly Leaf[], besides?: string, open = turn.open): void {
    if (leaves.length === 0) return
    const { client, tip } = turn
    const first = tip.tree.size
    const opened = new Set<number>()
    const closed: number[] = []
    const latests = leaves.map((leaf, at) => {
      tip.tree.append(leaf.text)
      if (leaf.opens !== null) {
        open.set(leaf.opens, first + at)
        opened.add(first + at)
      }
      const decision = leaf.closes === null ? undefined : open.get(leaf.closes)
      if (leaf.closes !== null && decision !== undefined) {
        open.delete(leaf.closes)
        if (!opened.delete(decision)) closed.push(decision)
      }
      return (tip.latest = Math.max(tip.latest, leaf.time))
    })
    tip.tree.flush()
    const { size } = tip.tree
    if (besides !== undefined && statedSize(besides) !== size) throw new TurnFault(GONE_ON)
    turn.note = signedBesides(signCheckpoint({ size, root: tip.tree.root() }, this.writer.signer), besides)
    // A tile that grew twice in this turn is written as it is now.
    const grown = tip.grown.splice(0)
    let bytes = 0
    const tiles = [...new Map(grown.map((tile) => [`${tile.level}/${tile.number}`, tile])).values()]
    const values = [
      first,
      leaves.map(({ text }) => text).join('\n'),
      latests.join('\n'),
      leaves.map(({ subject }) => subject ?? '').join('\n'),
      tiles.map(({ level }) => level),
      tiles.map(({ number }) => number),
      tiles.map(({ hashes }) => (bytes += hashes.length) - hashes.length + 1),
      tiles.map(({ hashes }) => hashes.length),
      Buffer.concat(tiles.map(({ hashes }) => hashes)),
      [...opened],
      this.writer.gateway,
      closed,
      turn.note,
      tip.fence,
    ]
    turn.send(client.query({ name: 'append', text: APPEND, values }))
  }

  private async interrupted(turn: Turn, decisions: readonly number[], now: number): Promise<Leaf[]> {
    if (decisions.length === 0) return []
    const { rows } = await turn.client.query<{ text: string }>(TEXTS, [decisions])
    return rows.map(({ text }) => interruptedLeaf(text, now, turn.tip.latest))
  }

  private async change(client: pg.Client, change: RecordChange): Promise<void> {
    const { putRecord, removeRecord, removeGroup } = QUERIES
    if (change.verb === 'removeGroup') await client.query(removeGroup, [change.group])
    else if (change.verb === 'remove') await client.query(removeRecord, [change.kind, change.key])
    else {
      const { kind, key, value, expiresAt, group } = change
      await client.query(putRecord, [kind, key, value, expiresAt, group])
    }
  }

  private async purge(client: pg.Client, now: number): Promise<void> {
    if (now < this.purgedAt + PURGE_EVERY_MS) return
    this.purgedAt = now
    await client.query(QUERIES.removeExpired, [now])
  }
}
