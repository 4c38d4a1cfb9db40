// npm run bench -- startup [--json]: how long the CLI takes to answer, beside `node -e 0` on the same Node, in turns.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { verifierKey } from '../support/verifier-key.ts'

const ROUNDS = 25
const sluice = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const home = signedInHome()
const env = { ...process.env, HOME: home, XDG_STATE_HOME: join(home, 'state'), XDG_CONFIG_HOME: home }
const commands = {
  floor: ['-e', '0'],
  version: [sluice, '--version'],
  whoami: [sluice, 'whoami'],
  help: [sluice, '--help'],
}
const times: Record<string, number[]> = {}
for (let round = -2; round < ROUNDS; round++) {
  for (const [name, args] of Object.entries(commands)) {
    const start = performance.now()
    const { status, stderr } = spawnSync(process.execPath, args, { env })
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr.toString()}`)
    if (round >= 0) (times[name] ??= []).push(performance.now() - start)
  }
}
const floor = median(times['floor'] as number[])
for (const name of ['version', 'whoami', 'help']) {
  const value = median(times[name] as number[])
  const ratio = Math.round((value / floor) * 100) / 100
  const row = {
    name: `startup: sluice ${name === 'whoami' ? name : `--${name}`}, ms`,
    value: Math.round(value),
    peer: 'node -e 0',
    peerValue: Math.round(floor),
    ratio,
  }
  process.stdout.write(
    process.argv.includes('--json')
      ? `${JSON.stringify(row)}\n`
      : `${row.name.padEnd(32)} ${row.value}   node -e 0 ${row.peerValue}   ratio ${ratio}\n`,
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

/** A home in which someone is signed in, as far as the client's state says. */
function signedInHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-startup-'))
  const url = 'http://127.0.0.1:8080'
  const gateway = {
    url,
    issuer: `${url}/oauth`,
    ledger: { origin: 'x/ledger', vkey: verifierKey('x/ledger') },
    subject: { id: 'sub_1', name: 'ada@example.dev' },
    signInExpiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    keychain: 'file',
  }
  mkdirSync(join(folder, 'state', 'sluice'), { recursive: true })
  writeFileSync(
    join(folder, 'state', 'sluice', 'state.json'),
    JSON.stringify({ v: 1, current: url, gateways: { [url]: gateway } }),
  )
  return folder
}
