// A gateway's turns at the ledger in PostgreSQL: a turn is one transaction that holds the ledger's lock. Whoever comes
// after another one reads the tree's edge anew, checks it, and raises the fence (docs/decisions/0015).
import type pg from 'pg'
import type { Signer } from '../../../audit/note.ts'
import { exchangeOf } from '../interrupted.ts'
import type { Committed, Head } from '../messages.ts'
import { queriesOf } from '../queries.ts'
import { edgeTiles, mustExtend, openTree, tilesRead } from '../stored-tree.ts'
import type { TreeWriter } from '../tree-writer.ts'
import { connect, disconnect } from './connect.ts'
import { refuseLossy } from './durability.ts'
import { compiler } from './migrate.ts'
import { isFenced, RAISED, TurnFault } from './reasons.ts'
import { beginNextTurn, beginTurn, OWN_DECISIONS, REGISTER, TILES } from './statements.ts'
import type { Found } from './statements.ts'

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

export interface Tile {
  readonly level: number
  readonly number: number
  readonly hashes: Uint8Array
}

/** The tree as this gateway left it; it holds as long as nobody has raised the fence since. */
export interface Tip {
  readonly fence: number
  readonly tree: TreeWriter
  /** Tiles that have grown since they were written. */
  readonly grown: Tile[]
  latest: number
}

export class Turn {
  readonly client: pg.Client
  readonly tip: Tip
  /** The index of the decision of each of this gateway's exchanges whose outcome is still to come. */
  readonly open: Map<string, number>
  /** The checkpoint that it ends with. */
  note: string
  private readonly sent: Promise<unknown>[] = []

  constructor(client: pg.Client, tip: Tip, open: Map<string, number>, note: string) {
    this.client = client
    this.tip = tip
    this.open = open
    this.note = note
  }

  /** Nobody waits for the answer before the commit is sent: where it is an error, the server undoes the turn. */
  send(answer: Promise<unknown>): void {
    answer.catch(() => undefined)
    this.sent.push(answer)
  }

  /** Rejects with the first thing that went wrong. */
  async commit(): Promise<void> {
    const committed = this.client.query('COMMIT')
    this.send(committed)
    await Promise.all(this.sent)
    if ((await committed).command !== 'COMMIT') throw new TurnFault('the transaction was rolled back')
  }
}

export interface TurnOptions {
  /** Nothing is asked in it whose answer the rest of it needs. */
  readonly blind?: boolean
  /** Another key takes over in it, by this checkpoint; the turn after finds that out. */
  readonly besides?: string | undefined
}

const QUERIES = queriesOf(compiler())

export class Turns {
  private readonly writer: Writer
  /** The head of this gateway's newest turn, and the newest that another gateway has told: whatever comes must extend both. */
  private own: Head
  private told: Head
  private client: pg.Client | undefined
  private tip: Tip | undefined
  private open: Map<string, number> | undefined
  /** Nobody else had a turn between this gateway's last two. */
  private alone = false
  private warned = false
  private last: Promise<unknown> = Promise.resolve()
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

  /**
   * Takes a turn after those before it: this gateway has one connection to write by. `write` resolves with the index that
   * is to be told as the first; it may be asked a second time, in another turn, where the first came to nothing.
   */
  take(write: (turn: Turn) => Promise<number>, options: TurnOptions = {}): Promise<Committed> {
    const next = this.last.then(async () => {
      try {
        return (await this.takeBlind(write, options)) ?? (await this.takeLooking(write, options))
      } catch (thrown) {
        this.leave()
        throw thrown
      }
    })
    this.last = next.catch(() => undefined)
    return next
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
    this.forget()
  }

  private forget(): void {
    this.tip = undefined
    this.open = undefined
    this.alone = false
  }

  /** One trip to the server: what was remembered is taken for true, and the server undoes the turn where it isn't. */
  private async takeBlind(
    write: (turn: Turn) => Promise<number>,
    { blind = false }: TurnOptions,
  ): Promise<Committed | undefined> {
    const { client, tip, open } = this
    if (!blind || !this.alone || !client || !tip || !open) return undefined
    const turn = new Turn(client, tip, open, this.own.note)
    const begun = client.query(beginNextTurn(tip.fence))
    turn.send(begun)
    try {
      return await this.end(turn, await write(turn))
    } catch (thrown) {
      const fenced = await begun.then(() => false, isFenced)
      if (!fenced) throw thrown
      this.forget()
      return undefined
    }
  }

  private async takeLooking(
    write: (turn: Turn) => Promise<number>,
    { besides }: TurnOptions,
  ): Promise<Committed> {
    const client = (this.client ??= await this.connected())
    // It may have been closed meanwhile: nobody would let go of what was connected since.
    if (this.closed) throw new TurnFault('it is closed')
    const turn = await this.begin(client, besides)
    const committed = await this.end(turn, await write(turn))
    if (besides !== undefined) this.tip = undefined
    return committed
  }

  private async end(turn: Turn, first: number): Promise<Committed> {
    this.warned = false
    await this.writer.aroundCommit(() => turn.commit())
    // Such as: it is written here, but no standby has confirmed it.
    if (this.warned) throw new TurnFault('the server warns of its commit')
    this.tip = turn.tip
    this.own = { size: turn.tip.tree.size, note: turn.note }
    return { first, head: this.own }
  }

  private async connected(): Promise<pg.Client> {
    const { url, shown } = this.writer
    const client = await connect(url, { pipeline: true })
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

  private async begin(client: pg.Client, besides: string | undefined): Promise<Turn> {
    const { gateway } = this.writer
    const results = (await client.query(beginTurn(gateway))) as unknown as pg.QueryResult<Found>[]
    const found = results.at(-1)?.rows[0]
    if (!found) throw new TurnFault('the store has no checkpoint')
    if (!found.registered) {
      await client.query(REGISTER, [gateway])
      // Others took this gateway for dead, and have ended its exchanges.
      this.open = new Map()
    }
    if (!this.open) {
      const { rows } = await client.query<{ idx: number; text: string }>(OWN_DECISIONS, [gateway])
      this.open = new Map(rows.map(({ idx, text }) => [exchangeOf(text), idx]))
    }
    const own = this.tip?.fence === found.fence ? this.tip : undefined
    this.alone = own !== undefined
    const turn = new Turn(client, own ?? (await this.takeOver(client, found, besides)), this.open, found.note)
    if (!own) turn.send(raised(client, found.fence))
    return turn
  }

  private async takeOver(
    client: pg.Client,
    { note, fence, latest, last }: Found,
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
    const grown: Tile[] = []
    const put = (level: number, number: number, hashes: Uint8Array): void => {
      grown.push({ level, number, hashes: Buffer.from(hashes) })
    }
    const tree = openTree({ size, note }, signer, readTile, put, besides)
    for (const head of seen) mustExtend(head.note, { size, note }, signer, readTile)
    return { fence: fence + 1, tree, grown, latest: latest ?? 0 }
  }
}

async function raised(client: pg.Client, fence: number): Promise<void> {
  const { rowCount } = await client.query(QUERIES.raiseFence, [fence + 1, fence])
  if (rowCount !== 1) throw new TurnFault(RAISED)
}
