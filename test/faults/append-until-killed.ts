// A process that appends, 64 at a time, and writes `INDEX EXCHANGE` for each entry that was acknowledged.
import { writeSync } from 'node:fs'
import { asSluiceError } from '../../src/base/errors.ts'
import { decision, openThreadedStore } from '../support/test-store.ts'

// Node ignores this signal, the test runner that watches over children does not: a write beyond a limit is to fail.
process.on('SIGXFSZ', () => {})

const [folder = '', rounds = 'Infinity', inFlight = '64'] = process.argv.slice(2)
const { log, close } = await openThreadedStore({ folder })
let left = Number(rounds)

async function appendOn(): Promise<void> {
  while (left-- > 0) {
    const entry = decision()
    const [index] = await log.append([entry])
    writeSync(1, `${index} ${entry.exchange}\n`)
  }
}

try {
  await Promise.all(Array.from({ length: Number(inFlight) }, appendOn))
} catch (thrown) {
  process.exitCode = asSluiceError(thrown).exit
}
await close()
