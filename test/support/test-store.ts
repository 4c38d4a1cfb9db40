// The SQLite store through its real thread, and entries to put into it.
import { Worker } from 'node:worker_threads'
import { openStore } from '../../src/adapters/sql/sqlite/open-store.ts'
import type { Store, StoreOptions } from '../../src/adapters/sql/sqlite/open-store.ts'
import { newId } from '../../src/base/ids.ts'
import type { DecisionEntry, OutcomeEntry, OutcomeStatus } from '../../src/terms/entry.ts'

export const ORIGIN = 'gw.example/ledger'

/** Opens the store in a thread whose module is `worker`, the product's own unless a test says otherwise. */
export function openTestStore(
  options: Partial<StoreOptions> & { folder: string },
  worker = new URL('../../src/assembly/store-worker.ts', import.meta.url),
): Promise<Store> {
  // Without the test runner's own loaders, which would double the time to start.
  return openStore(new Worker(worker, { execArgv: [] }), { origin: ORIGIN, ...options })
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
