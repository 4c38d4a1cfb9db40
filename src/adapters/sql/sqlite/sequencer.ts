// The one writer: a batch becomes leaves, tiles and a signed checkpoint in a single transaction.
import type Database from 'better-sqlite3'
import { signCheckpoint, signedBesides } from '../../../audit/checkpoint.ts'
import type { Signer } from '../../../audit/note.ts'
import { exchangeOf, interruptedLeaf } from '../interrupted.ts'
import type { Leaf } from '../leaf.ts'
import type { Batch, Committed, Head, RecordChange } from '../messages.ts'
import { queriesOf } from '../queries.ts'
import { openTree } from '../stored-tree.ts'
import type { PutTile, TreeWriter } from '../tree-writer.ts'
import type { OpenDatabase } from './open-database.ts'
import { tilesIn } from './reader.ts'

/** Runs the commit it is given; where tests let it fail, before or after. */
export type AroundCommit = (commit: () => void) => void

const PURGE_EVERY_MS = 60_000

export class Sequencer {
  private readonly statements: ReturnType<typeof prepareAll>
  private readonly signer: Signer
  private readonly aroundCommit: AroundCommit
  private readonly tree: TreeWriter
  /** The index of the decision of every exchange whose outcome is still to come. */
  private readonly open: Map<string, number>
  private latest: number
  private fence: number
  private purgedAt = 0
  head: Head

  /**
   * Checks that the stored tree is the one that its checkpoint signs, else throws ERR_LEDGER_INVALID; then raises the
   * fence, durably: what writes under an older one fails. `besides` is that of the batch whose fate is being found out.
   */
  constructor(database: OpenDatabase, signer: Signer, aroundCommit: AroundCommit, besides?: string) {
    this.statements = prepareAll(database)
    this.signer = signer
    this.aroundCommit = aroundCommit
    const { lastLeaf, checkpoint, putTile, openDecisions } = this.statements
    const last = lastLeaf.get() as { idx: number; latest: number } | undefined
    const size = last === undefined ? 0 : last.idx + 1
    const stored = checkpoint.get() as { note: string; fence: number } | undefined
    this.latest = last?.latest ?? 0
    this.fence = stored?.fence ?? 0
    const put: PutTile = (...tile) => putTile.run(...tile)
    this.tree = openTree({ size, note: stored?.note }, signer, tilesIn(database), put, besides)
    this.head = { size, note: stored?.note ?? '' }
    const rows = openDecisions.all() as { idx: number; text: string }[]
    this.open = new Map(rows.map(({ idx, text }) => [exchangeOf(text), idx]))
    this.takeOver()
  }

  /** Commits the batch. After any error its fate is unknown and this sequencer is not to be used any more. */
  commit(batch: Batch): Committed {
    const first = this.tree.size
    return this.transaction(() => {
      for (const leaf of batch.leaves) this.append(leaf)
      for (const exchange of batch.interrupt) this.interrupt(exchange, batch.now)
      for (const change of batch.changes) this.change(change)
      if (batch.changes.length > 0) this.purge(batch.now)
      return { first, head: this.tree.size > first ? this.sign(batch.besides) : this.head }
    })
  }

  /** Gives every exchange that an earlier run left without an outcome the outcome `interrupted`. */
  interruptOpenExchanges(now: number): void {
    if (this.open.size > 0) this.commit({ leaves: [], changes: [], interrupt: [...this.open.keys()], now })
  }

  /** Whether exactly these leaves stand from `first` on. */
  holds(leaves: readonly Leaf[], first: number): boolean {
    const rows = this.statements.leaves.all(first, first + leaves.length, leaves.length) as { text: string }[]
    return rows.length === leaves.length && rows.every(({ text }, at) => text === leaves[at]?.text)
  }

  private takeOver(): void {
    this.transaction(() => {
      const head = this.head.note === '' ? this.sign() : this.head
      this.statements.raiseFence.run(this.fence + 1, this.fence)
      this.fence++
      return { first: 0, head }
    })
  }

  private transaction(write: () => Committed): Committed {
    try {
      this.statements.begin.run()
      const committed = write()
      this.aroundCommit(this.commitNow)
      this.head = committed.head
      return committed
    } catch (cause) {
      this.rollBack()
      throw cause
    }
  }

  private append(leaf: Leaf): void {
    this.latest = Math.max(this.latest, leaf.time)
    const index = this.tree.size
    this.statements.insertLeaf.run(index, this.latest, leaf.subject, leaf.text)
    this.tree.append(leaf.text)
    if (leaf.opens !== null) {
      this.open.set(leaf.opens, index)
      this.statements.openDecision.run(index)
    }
    const decision = leaf.closes === null ? undefined : this.open.get(leaf.closes)
    if (leaf.closes === null || decision === undefined) return
    this.open.delete(leaf.closes)
    this.statements.closeDecision.run(decision)
  }

  private interrupt(exchange: string, now: number): void {
    const decision = this.open.get(exchange)
    if (decision === undefined) return
    const [row] = this.statements.leaves.all(decision, decision + 1, 1) as { text: string }[]
    if (row) this.append(interruptedLeaf(row.text, now, this.latest))
  }

  private sign(besides?: string): Head {
    this.tree.flush()
    const size = this.tree.size
    const note = signedBesides(signCheckpoint({ size, root: this.tree.root() }, this.signer), besides)
    if (this.head.note === '') this.statements.firstCheckpoint.run(note, this.fence)
    else if (this.statements.putCheckpoint.run(note, this.fence).changes !== 1)
      throw new Error('another gateway has raised the fence')
    return { size, note }
  }

  private change(change: RecordChange): void {
    const { putRecord, removeRecord, removeGroup } = this.statements
    if (change.verb === 'removeGroup') removeGroup.run(change.group)
    else if (change.verb === 'remove') removeRecord.run(change.kind, change.key)
    else putRecord.run(change.kind, change.key, change.value, change.expiresAt, change.group)
  }

  private purge(now: number): void {
    if (now < this.purgedAt + PURGE_EVERY_MS) return
    this.purgedAt = now
    this.statements.removeExpired.run(now)
  }

  private readonly commitNow = (): void => {
    this.statements.commit.run()
  }

  private rollBack(): void {
    try {
      this.statements.rollback.run()
    } catch {
      // SQLite has rolled back already, or the disk is gone.
    }
  }
}

function prepareAll({ db, sql }: OpenDatabase) {
  const texts = { ...queriesOf(sql), begin: 'BEGIN IMMEDIATE', commit: 'COMMIT', rollback: 'ROLLBACK' }
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, db.prepare(text)])) as Record<
    keyof typeof texts,
    Database.Statement
  >
}
