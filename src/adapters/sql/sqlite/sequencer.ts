// The one writer: a batch becomes leaves, tiles and a signed checkpoint in a single transaction.
import type Database from 'better-sqlite3'
import { openCheckpoint, signCheckpoint } from '../../../audit/checkpoint.ts'
import { equal } from '../../../audit/merkle.ts'
import { verifierOf } from '../../../audit/note.ts'
import type { Signer } from '../../../audit/note.ts'
import { SluiceError } from '../../../base/errors.ts'
import type { DecisionEntry, OutcomeEntry } from '../../../terms/entry.ts'
import { prepareLeaf } from '../leaf.ts'
import type { Leaf } from '../leaf.ts'
import { queriesOf } from '../queries.ts'
import { TreeWriter } from '../tree-writer.ts'
import type { Batch, Head, RecordChange } from './messages.ts'
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
  private readonly open = new Map<string, number>()
  private latest: number
  private purgedAt = 0
  private latch: string | undefined
  head: Head

  /** Checks that the stored tree is the one that its checkpoint signs, else throws ERR_LEDGER_INVALID. */
  constructor(database: OpenDatabase, signer: Signer, aroundCommit: AroundCommit) {
    this.statements = prepareAll(database)
    this.signer = signer
    this.aroundCommit = aroundCommit
    const last = this.statements.lastLeaf.get() as { idx: number; latest: number } | undefined
    const size = last === undefined ? 0 : last.idx + 1
    this.latest = last?.latest ?? 0
    const note = this.statements.checkpoint.pluck().get() as string | undefined
    const { putTile } = this.statements
    this.tree = openTree(size, note, signer, database, (level, number, hashes) =>
      putTile.run(level, number, hashes),
    )
    this.head = { size, note: note ?? '' }
    if (note === undefined) this.commit({ leaves: [], changes: [], now: 0 }, 'sign')
  }

  /**
   * Commits the batch and returns where the ledger stands. After any error the batch's fate is unknown and the
   * sequencer is latched: it throws here and ever after.
   */
  commit(batch: Batch, checkpoint: 'sign' | 'where-grown' = 'where-grown'): Head {
    if (this.latch !== undefined) throw new Error(this.latch)
    try {
      this.statements.begin.run()
      for (const leaf of batch.leaves) this.append(leaf)
      for (const change of batch.changes) this.change(change)
      if (batch.changes.length > 0) this.purge(batch.now)
      const head = checkpoint === 'sign' || batch.leaves.length > 0 ? this.sign() : this.head
      this.aroundCommit(this.commitNow)
      return (this.head = head)
    } catch (cause) {
      this.latch = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
      this.rollBack()
      throw cause
    }
  }

  /** Gives every exchange that an earlier run left without an outcome the outcome `interrupted`. */
  interruptOpenExchanges(now: number): void {
    const rows = this.statements.openDecisions.all() as { idx: number; text: string }[]
    const lastSign = this.latest
    const leaves = rows.map(({ idx, text }) => {
      const leaf = prepareLeaf(interrupted(text, now, lastSign))
      if (leaf.closes !== null) this.open.set(leaf.closes, idx)
      return leaf
    })
    if (leaves.length > 0) this.commit({ leaves, changes: [], now })
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

  private sign(): Head {
    this.tree.flush()
    const size = this.tree.size
    const note = signCheckpoint({ size, root: this.tree.root() }, this.signer)
    this.statements.putCheckpoint.run(1, note)
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
      // SQLite has rolled back already, or the disk is gone: the latch holds either way.
    }
  }
}

function openTree(
  size: number,
  note: string | undefined,
  signer: Signer,
  database: OpenDatabase,
  putTile: (level: number, number: number, hashes: Uint8Array) => void,
): TreeWriter {
  try {
    const tree = new TreeWriter(size, tilesIn(database), putTile)
    const signed = note === undefined ? undefined : openCheckpoint(note, verifierOf(signer.vkey))
    if (note === undefined ? size === 0 : signed?.size === size && equal(signed.root, tree.root()))
      return tree
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
  }
  const message = `The stored ledger of ${size} entries is not the one that its checkpoint signs.`
  throw new SluiceError('ERR_LEDGER_INVALID', message, {
    nextSteps: ['Restore the store from a backup; keep the damaged one as evidence.'],
  })
}

// How long the exchange ran is not known; it is certain until the last entry before the gateway fell silent.
function interrupted(text: string, now: number, lastSign: number): OutcomeEntry {
  const decision = JSON.parse(text) as DecisionEntry
  const { exchange, session, subject, model } = decision
  return {
    v: 1,
    kind: 'outcome',
    time: new Date(now).toISOString(),
    exchange,
    session,
    subject,
    model,
    status: 'interrupted',
    findings: {},
    durationMs: Math.max(0, lastSign - Date.parse(decision.time)),
  }
}

function prepareAll({ db, sql }: OpenDatabase) {
  const texts = { ...queriesOf(sql), begin: 'BEGIN IMMEDIATE', commit: 'COMMIT', rollback: 'ROLLBACK' }
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, db.prepare(text)])) as Record<
    keyof typeof texts,
    Database.Statement
  >
}
