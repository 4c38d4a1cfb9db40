// From a durable entry to the terminal: `sluice audit tail` by the real binary, beside a line through a pipe and back.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stateFile } from '../../../src/adapters/client-state/state-file.ts'
import { secretFile } from '../../../src/adapters/secret-file/secret-file.ts'
import { withGateway } from '../../../src/login/client-state.ts'
import { writeTokens } from '../../../src/login/keychain.ts'
import { startAuditGateway } from '../../support/audit-gateway.ts'
import { decision, openThreadedStore, ORIGIN } from '../../support/test-store.ts'
import type { Tell } from '../ledger.ts'

const EVENTS = 200
/** So that one is through before the next comes. */
const EVERY_MS = 25
const sluice = fileURLToPath(new URL('../../../bin/run.js', import.meta.url))

export async function measureTail(tell: Tell): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tail-'))
  const store = await openThreadedStore({ folder: join(folder, 'store') })
  const gateway = await startAuditGateway(store.log)
  await signIn(folder, gateway.url, store.vkey)
  const env = { ...process.env, HOME: folder, XDG_STATE_HOME: folder }
  const tail = spawn(process.execPath, [sluice, 'audit', 'tail', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const echo = spawn(process.execPath, ['-e', 'process.stdin.pipe(process.stdout)'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const tailed = arrivals(tail, (line) => (JSON.parse(line) as { index: number }).index)
  const echoed = arrivals(echo, Number)
  const ours: number[] = []
  const floor: number[] = []
  for (let n = 0; n < EVENTS + 10; n++) {
    const [index = 0] = await store.log.append([decision({ effect: 'deny' })])
    const durable = performance.now()
    const shown = (await tailed(index)) - durable
    await pause(EVERY_MS)
    const written = performance.now()
    echo.stdin?.write(`${n}\n`)
    const back = (await echoed(n)) - written
    // The first ones wait for the command to start.
    if (n < 10) continue
    ours.push(shown)
    floor.push(back)
  }
  tail.kill('SIGINT')
  echo.stdin?.end()
  await gateway.stop()
  await store.close()
  rmSync(folder, { recursive: true })
  for (const [name, part] of [
    ['p50', 0.5],
    ['p95', 0.95],
  ] as const) {
    const figure = { unit: 'ms', peer: 'a line through a pipe and back', peerValue: quantile(floor, part) }
    tell({ name: `tail: durable entry to terminal, ${name}`, value: quantile(ours, part), ...figure })
  }
}

/** When the child printed the line of each number, once it has. */
function arrivals(
  child: ChildProcess,
  numberOf: (line: string) => number,
): (number: number) => Promise<number> {
  const come = new Map<number, PromiseWithResolvers<number>>()
  const at = (number: number) => {
    const known = come.get(number) ?? Promise.withResolvers<number>()
    come.set(number, known)
    return known
  }
  if (child.stdout)
    createInterface(child.stdout).on('line', (line) => at(numberOf(line)).resolve(performance.now()))
  return (number) => at(number).promise
}

async function signIn(home: string, url: string, vkey: string): Promise<void> {
  const state = join(home, 'sluice')
  const signInExpiresAt = Date.now() + 3_600_000
  await stateFile(state).update((now) => ({
    ...withGateway(now, url, {
      url,
      issuer: `${url}/oauth`,
      ledger: { origin: ORIGIN, vkey },
      subject: { id: 'sub_1', name: 'ada@example.dev' },
      signInExpiresAt: new Date(signInExpiresAt).toISOString(),
      keychain: 'file',
    }),
    current: url,
  }))
  await writeTokens(secretFile(join(state, 'secrets')), url, {
    accessToken: 'at_1',
    accessTokenExpiresAt: signInExpiresAt,
    refreshToken: 'rt_1',
    signInExpiresAt,
  })
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? NaN
}
