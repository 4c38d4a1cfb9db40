// A process that rotates a ledger's key, and dies at a commit as the fault says.
import { rotateKey } from '../../src/adapters/sql/rotate-key.ts'
import type { StorePlace } from '../../src/adapters/sql/messages.ts'
import { faultyThread, ORIGIN } from '../support/test-store.ts'
import type { Fault } from './faulty-store-worker.ts'

const { fault, place, keyPath } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly fault: Fault
  readonly place: StorePlace
  readonly keyPath: string
}
await rotateKey(faultyThread(fault), { place, origin: ORIGIN, keyPath })
