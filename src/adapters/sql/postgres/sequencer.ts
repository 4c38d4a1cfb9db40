// The writer in PostgreSQL: gateways take turns, and a turn is one transaction that holds the ledger's lock. Whoever
// comes after another one reads the tree's edge anew, checks it, and raises the fence (docs/decisions/0015).
import type pg from 'pg'
import { signCheckpoint, signedBesides, statedSize } from '../../../audit/checkpoint.ts'
import type { Signer } from '../../../audit/note.ts'
import { exchangeOf, interruptedLeaf } from '../interrupted.ts'
import type { Leaf } from '../leaf.ts'
import type { Batch, Committed, Head, RecordChange } from '../messages.ts'
import { queriesOf } from '../queries.ts'
import { edgeTiles, mustExtend, openTree, tilesRead } from '../stored-tree.ts'
import type { PutTile, TreeWriter } from '../tree-writer.ts'
import { connect, disconnect } from './connect.ts'
import { refuseLossy } from './durability.ts'
import { compiler } from './migrate.ts'
import { GONE_ON, TurnFault } from './reasons.ts'
import {
  APPEND,
  beginTurn,
  FORGET_GATEWAYS,
  ORPHANS,
  OWN_DECISIONS,
  REGISTER,
  TEXTS,
  TILES,
} from './statements.ts'
import type { Turn } from './statements.ts'

/** Runs the commit that it is given; where tests let it fail, before or after. */
export type AroundCommit = (commit: () => Promise<void>) => Promise<void>

export interface Writer {
  readonly url: string
  readonly shown: string
  /** This gateway among those that share the store. */
  readonly gateway: string
  readonly signer: Signer
  /** A gateway that was not seen for so long is taken for dead. */
  readonly leaseMs: number
  readonly aroundCommit: AroundCommit
}

/** The tree as this gateway left it; it holds as long as nobody has raised the fence since. */
interface Tip {
  readonly fence: number
  readonly tree: TreeWriter
  latest: number
}

interface Tile {
  readonly level: number
  readonly number: number
  readonly hashes: Uint8Array
}

const QUERIES = queriesOf(compiler())
const PURGE_EVERY_MS = 60_000

export class Sequencer {
  private readonly writer: Writer
  /** The head of this gateway's newest turn, and the newest that another gateway has told: whatever comes must extend both. */
  private own: Head
  private told: Head
  private client: pg.Client | undefined
  private tip: Tip | undefined
  /** The index of the decision of each of this gateway's exchanges whose outcome is still to come. */
  private open: Map<string, number> | undefined
  /** Where the batch stands whose commit was sent last. */
  private planned: number | undefined
  /** Tiles that have grown in this turn, and the checkpoint that it has found or signed. */
  private grown: Tile[] = []
  private signed: string | undefined
  private warned = false
  private purgedAt = 0
  private turns: Promise<unknown> = Promise.resolve()
  private closed = false

  constructor(writer: Writer, head: Head) {
    this.writer = writer
    this.own = head
    this.told = head
  }

  /** The newest that this gateway has seen committed. */
  get head(): Head {
    return this.told.size > this.own.size ? this.told : this.own
  }

  /** Another gateway may have committed up to there. That it did so on top of this one's, the next turn finds out. */
  hear(head: Head): void {
    if (head.size > this.head.size) this.told = head
  }

  /** Commits the batch in one turn. Where it rejects, the batch's fate is unknown until `recover` was asked. */
  commit(batch: Batch): Promise<Committed> {
    this.planned = undefined
    return this.turn(async (client, tip, open) => {
      for (const change of batch.changes) await this.change(client, change)
      if (batch.changes.length > 0) await this.purge(client, batch.now)
      const cut = batch.interrupt.flatMap((exchange) => open.get(exchange) ?? [])
      const first = tip.tree.size
      const leaves = [...batch.leaves, ...(await this.interrupted(client, tip, cut, batch.now))]
      await this.append(client, tip, open, leaves, batch.besides)
      if (batch.leaves.length > 0) this.planned = first
      return first
    }, batch.besides)
  }

  /**
   * Where the batch stands whose commit failed; undefined where it is not there. The turn waits for the end of the one
   * that failed, and raises the fence: what is read in it stays.
   */
  recover({ leaves, besides }: Batch): Promise<Committed | undefined> {
    this.leave()
    const planned = this.planned
    let there = false
    const taken = this.turn(async (client) => {
      if (planned === undefined) return 0
      const range = Array.from(leaves, (_, at) => planned + at)
      const { rows } = await client.query<{ text: string }>(TEXTS, [range])
      there = rows.length === leaves.length && rows.every(({ text }, at) => text === leaves[at]?.text)
      return planned
    }, besides)
    return taken.then((found) => (there ? found : undefined))
  }

  /** Ends the exchanges of gateways that have gone, or were not seen for `leaseMs`. Resolves with whether there were any. */
  async endOrphans(now: number, leaseMs = this.writer.leaseMs): Promise<boolean> {
    const before = this.head.size
    await this.turn(async (client, tip) => {
      const { rows } = await client.query<{ idx: number; text: string }>(ORPHANS, [leaseMs])
      const leaves = rows.map(({ text }) => interruptedLeaf(text, now, tip.latest))
      const orphans = new Map(rows.map(({ idx, text }) => [exchangeOf(text), idx]))
      await this.append(client, tip, orphans, leaves)
      if (rows.length === 0) await client.query(FORGET_GATEWAYS, [leaseMs, this.writer.gateway])
      return tip.tree.size
    })
    return this.head.size > before
  }

  /** Lets go of the connection, for good. */
  close(): void {
    this.closed = true
    this.leave()
  }

  /** Lets go of the connection: the next turn makes another, and trusts nothing that it remembers. */
  leave(): void {
    if (this.client) disconnect(this.client)
    this.client = undefined
    this.tip = undefined
    this.open = undefined
  }

  /**
   * One after the other: this gateway has one connection to write by. With `besides` another key takes over in it, which
   * the turn after finds out.
   */
  private turn(
    write: (client: pg.Client, tip: Tip, open: Map<string, number>) => Promise<number>,
    besides?: string,
  ): Promise<Committed> {
    const next = this.turns.then(async () => {
      try {
        const client = (this.client ??= await this.connected())
        // It may have been closed meanwhile: nobody would let go of what was connected since.
        if (this.closed) throw new TurnFault('it is closed')
        const { tip, open } = await this.begin(client, besides)
        const first = await write(client, tip, open)
        const note = this.signed ?? this.own.note
        this.warned = false
        await this.writer.aroundCommit(async () => {
          const { command } = await client.query('COMMIT')
          if (command !== 'COMMIT') throw new TurnFault('the transaction was rolled back')
        })
        // Such as: it is written here, but no standby has confirmed it.
        if (this.warned) throw new TurnFault('the server warns of its commit')
        this.tip = besides === undefined ? tip : undefined
        const head = { size: tip.tree.size, note }
        this.own = head
        return { first, head }
      } catch (thrown) {
        this.leave()
        throw thrown
      } finally {
        this.signed = undefined
        this.grown = []
      }
    })
    this.turns = next.catch(() => undefined)
    return next
  }

  private async connected(): Promise<pg.Client> {
    const { url, shown } = this.writer
    const client = await connect(url)
    try {
      // No milder notice is sent (connect.ts); a severity's name is in the server's language.
      client.on('notice', () => (this.warned = true))
      await refuseLossy(client, shown)
      return client
    } catch (thrown) {
      disconnect(client)
      throw thrown
    }
  }

  private async begin(
    client: pg.Client,
    besides: string | undefined,
  ): Promise<{ tip: Tip; open: Map<string, number> }> {
    const { gateway } = this.writer
    const results = (await client.query(beginTurn(gateway))) as unknown as pg.QueryResult<Turn>[]
    const turn = results.at(-1)?.rows[0]
    if (!turn) throw new TurnFault('the store has no checkpoint')
    this.signed = turn.note
    if (!turn.registered) {
      await client.query(REGISTER, [gateway])
      // Others took this gateway for dead, and have ended its exchanges.
      this.open = new Map()
    }
    if (!this.open) {
      const { rows } = await client.query<{ idx: number; text: string }>(OWN_DECISIONS, [gateway])
      this.open = new Map(rows.map(({ idx, text }) => [exchangeOf(text), idx]))
    }
    const tip = this.tip?.fence === turn.fence ? this.tip : await this.takeOver(client, turn, besides)
    return { tip, open: this.open }
  }

  private async takeOver(
    client: pg.Client,
    { note, fence, latest, last }: Turn,
    besides: string | undefined,
  ): Promise<Tip> {
    const size = last === null ? 0 : last + 1
    const seen = [this.own, this.told]
    const edges = [size, ...seen.map((head) => Math.min(size, head.size))].flatMap(edgeTiles)
    const { rows } = await client.query<Tile>(TILES, [
      edges.map(({ level }) => level),
      edges.map(({ number }) => number),
    ])
    const readTile = tilesRead(rows)
    const { signer } = this.writer
    const put: PutTile = (level, number, hashes) => {
      this.grown.push({ level, number, hashes: Buffer.from(hashes) })
    }
    const tree = openTree({ size, note }, signer, readTile, put, besides)
    for (const head of seen) mustExtend(head.note, { size, note }, signer, readTile)
    const raised = await client.query(QUERIES.raiseFence, [fence + 1, fence])
    if (raised.rowCount !== 1) throw new TurnFault('another gateway has raised the fence')
    return { fence: fence + 1, tree, latest: latest ?? 0 }
  }

  private async append(
    client: pg.Client,
    tip: Tip,
    open: Map<string, number>,
    leaves: readonly Leaf[],
    besides?: string,
  ): Promise<void> {
    if (leaves.length === 0) return
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
    const note = signedBesides(signCheckpoint({ size, root: tip.tree.root() }, this.writer.signer), besides)
    // A tile that grew twice in this turn is written as it is now.
    const tiles = [...new Map(this.grown.map((tile) => [`${tile.level}/${tile.number}`, tile])).values()]
    const { rows } = await client.query<{ held: number }>({
      name: 'append',
      text: APPEND,
      values: [
        first,
        leaves.map(({ text }) => text).join('\n'),
        latests.join('\n'),
        leaves.map(({ subject }) => subject ?? '').join('\n'),
        tiles.map(({ level }) => level),
        tiles.map(({ number }) => number),
        tiles.map(({ hashes }) => hashes),
        [...opened],
        this.writer.gateway,
        closed,
        note,
        tip.fence,
      ],
    })
    if (rows[0]?.held !== 1) throw new TurnFault('another gateway has raised the fence')
    this.signed = note
  }

  private async interrupted(
    client: pg.Client,
    tip: Tip,
    decisions: readonly number[],
    now: number,
  ): Promise<Leaf[]> {
    if (decisions.length === 0) return []
    const { rows } = await client.query<{ text: string }>(TEXTS, [decisions])
    return rows.map(({ text }) => interruptedLeaf(text, now, tip.latest))
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
