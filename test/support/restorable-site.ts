// A gateway whose store is an older copy, and the person who saw what it held since, by the real binary.
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { stateFile } from '../../src/adapters/client-state/state-file.ts'
import { statedSize } from '../../src/audit/checkpoint.ts'
import { site } from './real-gateway.ts'
import type { Home, Run } from './sluice.ts'
import { decision, openTestStore } from './test-store.ts'

/** Runs the command with --json, and what came of it; `code` is the error's. */
export async function told(home: Home, ...args: string[]) {
  const run = home.sluice(...args, '--json')
  const exit = await run.ended
  const said = JSON.parse(run.stdout() || '{}') as { error?: Record<string, unknown> }
  return { exit, stderr: run.stderr(), ...said, ...said.error } as Record<string, unknown>
}

export async function stopped(gateway: Run): Promise<void> {
  gateway.child.kill('SIGTERM')
  await gateway.ended
}

/** A gateway that is stopped, with a person signed in who has pinned nothing, and copies of its store to put back. */
export async function restorableSite(t: Test) {
  const at = await site(t, 'http://127.0.0.1:9/v1')
  at.configure('roles: { auditor: [engineering] }')
  const first = await at.start()
  await at.signIn()
  await stopped(first)
  const folder = join(at.home.folder, 'store')
  const origin = `127.0.0.1:${at.port}/ledger`
  const url = `http://127.0.0.1:${at.port}`
  const state = stateFile(join(at.home.folder, 'sluice'))
  const record = async () => (await state.load()).gateways[url]
  /** The ledger's newest checkpoint, with more entries of nobody's before it, while no gateway runs. */
  const store = async (more = 0) => {
    const store = await openTestStore({ folder, origin })
    if (more > 0) await store.log.append(Array.from({ length: more }, () => decision({ effect: 'deny' })))
    const note = await store.log.checkpoint()
    await store.close()
    return note
  }
  return {
    at,
    folder,
    record,
    store,
    back: (name = 'backup') => cpSync(folder, `${folder}.${name}`, { recursive: true }),
    restore(name = 'backup') {
      rmSync(folder, { recursive: true })
      cpSync(`${folder}.${name}`, folder, { recursive: true })
    },
    /** Runs the gateway, and verifies one's own entries at it: what is seen is pinned. */
    async look(...args: string[]) {
      const gateway = await at.start()
      const seen = await told(at.home, 'audit', 'verify', ...args)
      await stopped(gateway)
      return seen
    },
    /** Writes what this machine has pinned as a file, as its user would hand it to the operator. */
    async handOver() {
      const { pin = '' } = (await record()) ?? {}
      writeFileSync(join(at.home.folder, 'seen.txt'), pin)
      return statedSize(pin)
    },
  }
}
