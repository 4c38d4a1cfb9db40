// The engine beyond one machine: a ledger in PostgreSQL, to which several gateways append.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type pg from 'pg'
import { signCheckpoint, statedSize } from '../../../audit/checkpoint.ts'
import { clockFault } from '../../../audit/clock-check.ts'
import { EMPTY_ROOT } from '../../../audit/merkle.ts'
import type { Signer } from '../../../audit/note.ts'
import { SluiceError } from '../../../base/errors.ts'
import { newId } from '../../../base/ids.ts'
import { refuseLatched, writeLatch } from '../latch-file.ts'
import type { Batch, Committed, FromStore, Head, Question, ToStore } from '../messages.ts'
import { queriesOf } from '../queries.ts'
import type { Engine, OpenEngine } from '../serve-store.ts'
import { adoptNextKey } from '../next-key.ts'
import { openSigner } from '../signing-key.ts'
import { parseDatabaseAddress } from '../../../config/database-address.ts'
import { coalesced } from './coalesced.ts'
import { connect, disconnect } from './connect.ts'
import { refuseLossy } from './durability.ts'
import { compiler, migrate } from './migrate.ts'
import { Reader } from './reader.ts'
import { ReadingConnection } from './reading-connection.ts'
import { reasonOf, refusalOf } from './reasons.ts'
import { Sequencer } from './sequencer.ts'
import { ANY_ORPHAN, BEGUN, JUST_STARTED, REGISTER, STILL_HERE, TURN, UNREGISTER } from './statements.ts'
import type { AroundCommit, Writer } from './turns.ts'

const LEASE_MS = 30_000
const FOR_EVER_MS = 2 ** 42
const QUERIES = queriesOf(compiler())

/** `aroundCommit` is where tests make commits fail. */
export function postgresEngine(aroundCommit: AroundCommit = (commit) => commit()): OpenEngine {
  return (opening, say) => open(opening, say, aroundCommit)
}

async function open(
  { place, origin, now, anyClock, recovering = false }: ToStore & { kind: 'open' },
  say: (message: FromStore) => void,
  aroundCommit: AroundCommit,
): Promise<Engine> {
  if (!('url' in place)) throw new SluiceError('ERR_INTERNAL', 'A database was expected.')
  const { url, keyPath, leaseMs = LEASE_MS } = place
  const { shown } = parseDatabaseAddress(url)
  let client: pg.Client | undefined
  try {
    client = await connect(url)
    await refuseLossy(client, shown)
    await migrate(client, shown)
    if (!recovering) refuseLatched(keyPath)
    const gateway = newId('gw')
    const { signer, note } = await begin(
      client,
      { keyPath, origin, gateway, leaseMs, shown },
      async (client) => {
        const fault = anyClock ? undefined : clockFault(now, await newestTime(client))
        if (fault) throw fault
      },
    )
    const head = { size: statedSize(note), note }
    const engine = new PostgresEngine(
      { url, shown, gateway, signer, leaseMs, aroundCommit },
      keyPath,
      head,
      say,
    )
    await engine.begin(recovering ? undefined : now)
    return engine
  } catch (thrown) {
    throw refusalOf(thrown, shown)
  } finally {
    if (client) disconnect(client)
  }
}

interface Beginning {
  readonly keyPath: string
  readonly origin: string
  readonly gateway: string
  readonly leaseMs: number
  readonly shown: string
}

/**
 * The ledger's signer and checkpoint: those of an empty ledger, where this is the first gateway of all. From then on the
 * gateway is one of those that live; not where `check` rejects.
 */
async function begin(
  client: pg.Client,
  { keyPath, origin, gateway, leaseMs, shown }: Beginning,
  check: (client: pg.Client) => Promise<void>,
): Promise<{ signer: Signer; note: string }> {
  await client.query(`BEGIN; ${TURN}; LOCK TABLE checkpoint IN EXCLUSIVE MODE`)
  await check(client)
  const { rows } = await client.query<{ note: string; leaves: boolean; served: boolean }>(BEGUN, [leaseMs])
  const [found] = rows
  makeFolder(dirname(keyPath))
  adoptNextKey(keyPath, found?.note)
  // A start that failed before its first entry binds the store to no address.
  const unserved = found && !found.leaves && found.note.split('\n')[0] !== origin
  if (unserved && found.served) throw servedAs(found.note, origin, shown)
  await client.query(REGISTER, [gateway])
  const signer = openSigner(keyPath, origin, !found ? 'new' : unserved ? 'unserved' : 'existing')
  if (found && !unserved) {
    await client.query('COMMIT')
    return { signer, note: found.note }
  }
  const note = signCheckpoint({ size: 0, root: EMPTY_ROOT }, signer)
  await client.query('DELETE FROM checkpoint')
  await client.query(QUERIES.firstCheckpoint, [note, 0])
  await client.query('COMMIT')
  return { signer, note }
}

// The other gateway signs for the address that it has: it would be left with a ledger of another name.
function servedAs(note: string, origin: string, shown: string): SluiceError {
  const [other = ''] = note.split('\n')
  const message = `A gateway that runs has begun the ledger in ${shown} as ${other}, not ${origin}.`
  return new SluiceError('ERR_STORE', message, {
    nextSteps: ['Give all gateways of one store the same public_url.'],
  })
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch {
    // It exists; or the key can't be created in it, which says why.
  }
}

/** The time of the ledger's newest entry, in epoch milliseconds; undefined where there is none yet. */
export async function newestTime(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ text: string }>('SELECT text FROM leaf ORDER BY idx DESC LIMIT 1')
  const time = rows[0] && Date.parse((JSON.parse(rows[0].text) as { time: string }).time)
  return time === undefined || Number.isNaN(time) ? undefined : time
}

class PostgresEngine implements Engine {
  private readonly writer: Writer
  private readonly keyPath: string
  private readonly sequencer: Sequencer
  private readonly reading: ReadingConnection
  private readonly reader: Reader
  private readonly say: (message: FromStore) => void
  private readonly heart: NodeJS.Timeout
  /** When the database was last reached by a beat, and since when without a break (performance.now()). */
  private reached = performance.now()
  private reachedSince = this.reached
  private endsOrphans = false
  private endingOrphans = false

  constructor(writer: Writer, keyPath: string, head: Head, say: (message: FromStore) => void) {
    this.writer = writer
    this.keyPath = keyPath
    this.say = say
    this.sequencer = new Sequencer(writer, head)
    const look = coalesced(() => this.look())
    this.reading = new ReadingConnection(writer.url, (size) => {
      // What this gateway has committed itself it need not look at.
      if (size === undefined || size > this.head.size) look()
    })
    this.reader = new Reader(this.reading.ask)
    this.heart = setInterval(() => void this.beat().catch(() => undefined), writer.leaseMs / 5)
  }

  get vkey(): string {
    return this.writer.signer.vkey
  }

  get head(): Head {
    return this.sequencer.head
  }

  /** `now`: from when on exchanges of gateways that have gone are ended; undefined where they are let be. */
  async begin(now: number | undefined): Promise<void> {
    try {
      await this.reading.connected()
      if (now === undefined) return
      this.endsOrphans = true
      // While the server was away nobody could say that they live: the beat ends those that don't come back.
      const [server] = await this.reading.ask<{ just: boolean }>(JUST_STARTED, [this.writer.leaseMs])
      await this.sequencer.endOrphans(now, server?.just === true ? FOR_EVER_MS : undefined)
    } catch (thrown) {
      await this.close()
      throw thrown
    }
  }

  commit(batch: Batch): Promise<Committed> {
    return this.sequencer.commit(batch)
  }

  recover(batch: Batch): Promise<Committed | undefined> {
    return this.sequencer.recover(batch)
  }

  async answer(question: Question) {
    if (question.ask === 'checkpoint') {
      await this.look()
      return this.head.note
    }
    return this.reader.answer(question, this.head.size)
  }

  latch(reason: string, found: string, acknowledged = this.head.note): void {
    const at = new Date().toISOString()
    writeLatch(this.keyPath, { reason, at, acknowledged, found })
  }

  async close(): Promise<void> {
    clearInterval(this.heart)
    await this.reading.ask(UNREGISTER, [this.writer.gateway]).catch(() => undefined)
    await this.reading.close()
    this.sequencer.close()
  }

  why(thrown: unknown): string {
    return thrown instanceof SluiceError ? thrown.message : reasonOf(thrown).why
  }

  /** Another gateway may have committed: its head is told, so that tails go on. */
  private async look(): Promise<void> {
    const [row] = await this.reading.ask<{ note: string }>(QUERIES.checkpoint, [])
    const size = row ? statedSize(row.note) : 0
    if (!row || size <= this.head.size) return
    const head = { size, note: row.note }
    this.sequencer.hear(head)
    this.say({ kind: 'moved', head })
  }

  private async beat(): Promise<void> {
    const { gateway, leaseMs } = this.writer
    await this.reading.ask(STILL_HERE, [gateway])
    const now = performance.now()
    if (now - this.reached > leaseMs / 2) this.reachedSince = now
    this.reached = now
    // While the database was away nobody could say that they live: they have a lease's time to come back.
    if (this.endsOrphans && now - this.reachedSince >= leaseMs) await this.endSomeOrphans()
  }

  // One batch of them at a time: were the next asked for before it is through, callers would wait for all of them.
  private async endSomeOrphans(): Promise<void> {
    if (this.endingOrphans) return
    this.endingOrphans = true
    try {
      const [row] = await this.reading.ask<{ any: boolean }>(ANY_ORPHAN, [this.writer.leaseMs])
      if (row?.any && (await this.sequencer.endOrphans(Date.now())))
        this.say({ kind: 'moved', head: this.head })
    } finally {
      this.endingOrphans = false
    }
  }
}
