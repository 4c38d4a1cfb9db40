// A process that appends, 64 at a time, and writes `INDEX EXCHANGE` for each entry that was acknowledged. What can't be
// recorded just now it tries again, as callers do.
import { writeSync } from 'node:fs'
import { asSluiceError } from '../../src/base/errors.ts'
import { decision, openPostgresStore, openThreadedStore } from '../support/test-store.ts'

// Node ignores this signal, the test runner that watches over children does not: a write beyond a limit is to fail.
process.on('SIGXFSZ', () => {})

const [where = '', rounds = 'Infinity', inFlight = '64', keyPath = ''] = process.argv.slice(2)
const { log, close } = await (keyPath === ''
  ? openThreadedStore({ folder: where })
  : openPostgresStore({ url: where, keyPath, leaseMs: 3_000 }))
let left = Number(rounds)
const never = new Int32Array(new SharedArrayBuffer(4))

// Once a thread has shared it, standard output blocks no more: where its reader is slow, whoever writes has to wait.
function tell(line: string): void {
  const bytes = Buffer.from(line)
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at)
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EAGAIN') throw thrown
      Atomics.wait(never, 0, 0, 1)
    }
  }
}

async function appendOn(): Promise<void> {
  while (left-- > 0) {
    const entry = decision()
    try {
      const [index] = await log.append([entry])
      tell(`${index} ${entry.exchange}\n`)
    } catch (thrown) {
      if (keyPath === '') throw thrown
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

try {
  await Promise.all(Array.from({ length: Number(inFlight) }, appendOn))
} catch (thrown) {
  process.stderr.write(`${String(thrown)}\n`)
  process.exitCode = asSluiceError(thrown).exit
}
await close()
