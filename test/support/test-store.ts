// The stores, and entries to put into them.
import { MessageChannel, Worker } from 'node:worker_threads'
import type { Fault } from '../faults/faulty-store-worker.ts'
import type { StorePlace } from '../../src/adapters/sql/messages.ts'
import { openStore } from '../../src/adapters/sql/open-store.ts'
import type { Store, StoreOptions } from '../../src/adapters/sql/open-store.ts'
import { postgresEngine } from '../../src/adapters/sql/postgres/serve-postgres.ts'
import { serveStore } from '../../src/adapters/sql/serve-store.ts'
import { sqliteEngine } from '../../src/adapters/sql/sqlite/serve-sqlite.ts'
import { newId } from '../../src/base/ids.ts'
import type { DecisionEntry, OutcomeEntry, OutcomeStatus } from '../../src/terms/entry.ts'

export const ORIGIN = 'gw.example/ledger'

type TestStoreOptions = Partial<Omit<StoreOptions, 'place'>> & { readonly folder: string }

/** The store in a thread of its own, as the gateway has it. */
export function openThreadedStore(options: TestStoreOptions): Promise<Store> {
  const module = new URL('../../src/assembly/store-worker.ts', import.meta.url)
  // Without the test runner's own loaders, which would double the time to start.
  return openStore(new Worker(module, { execArgv: [] }), optionsOf(options))
}

/** The same store, served by this thread: starts in a tenth of the time. */
export function openTestStore(options: TestStoreOptions): Promise<Store> {
  const { port1, port2 } = new MessageChannel()
  serveStore(port2, sqliteEngine())
  return openStore(port1, optionsOf(options))
}

type TestDatabaseOptions = Partial<Omit<StoreOptions, 'place'>> & {
  readonly url: string
  readonly keyPath: string
  readonly leaseMs?: number
}

/** The store in a PostgreSQL database, in a thread of its own, as the gateway has it. */
export function openPostgresStore({
  url,
  keyPath,
  leaseMs = 30_000,
  ...options
}: TestDatabaseOptions): Promise<Store> {
  const module = new URL('../../src/assembly/store-worker.ts', import.meta.url)
  return openStore(new Worker(module, { execArgv: [], workerData: 'postgres' }), {
    origin: ORIGIN,
    anyClock: options.clock !== undefined,
    place: { url, keyPath, leaseMs },
    ...options,
  })
}

/** A store whose commits fail as the fault says; without one, served by this thread. */
export function openFaultyStore(place: StorePlace, fault: Fault | undefined): Promise<Store> {
  const options = { place, origin: ORIGIN }
  if (fault) return openStore(faultyThread(fault), options)
  const { port1, port2 } = new MessageChannel()
  serveStore(port2, 'url' in place ? postgresEngine() : sqliteEngine())
  return openStore(port1, options)
}

/** A store's thread whose commits fail as the fault says. */
export function faultyThread(fault: Fault): Worker {
  const module = new URL('../faults/faulty-store-worker.ts', import.meta.url)
  return new Worker(module, { execArgv: [], workerData: fault })
}

// A test's own clock is as it is.
function optionsOf({ folder, ...options }: TestStoreOptions): StoreOptions {
  return { origin: ORIGIN, anyClock: options.clock !== undefined, place: { folder }, ...options }
}

export const ADA = 'sub_ada0000000000000000000'
export const GRACE = 'sub_grace00000000000000000'

export function decision(change: Partial<DecisionEntry> = {}): DecisionEntry {
  return {
    dialect: 'openai-chat',
    effect: 'allow',
    exchange: newId('ex'),
    findings: { email: 1 },
    inspected: { reply: ['email'], request: ['email'] },
    kind: 'decision',
    model: 'qwen-coder',
    operation: 'chat',
    policy: '0'.repeat(64),
    rule: 'engineers',
    session: 'ses_0000000000000000000000',
    stream: true,
    subject: ADA,
    time: new Date().toISOString(),
    v: 1,
    ...change,
  }
}

export function outcomeOf(of: DecisionEntry, status: OutcomeStatus = 'completed'): OutcomeEntry {
  const { exchange, session, subject, model, time } = of
  return {
    durationMs: 1800,
    exchange,
    findings: {},
    kind: 'outcome',
    model,
    session,
    status,
    subject,
    time,
    v: 1,
  }
}
