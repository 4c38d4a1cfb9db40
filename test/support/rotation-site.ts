// A gateway that runs, with an auditor signed in there, whose ledger is about to get another key.
import { join } from 'node:path'
import type { Test } from 'tap'
import { stateFile } from '../../src/adapters/client-state/state-file.ts'
import { site } from './real-gateway.ts'

export async function rotationSite(t: Test) {
  const at = await site(t, 'http://127.0.0.1:9/v1')
  at.configure('roles: { auditor: [engineering] }')
  const gateway = await at.start()
  await at.signIn()
  const state = stateFile(join(at.home.folder, 'sluice'))
  const url = `http://127.0.0.1:${at.port}`
  return {
    at,
    gateway,
    pinned: async () => (await state.load()).gateways[url],
    folder: join(at.home.folder, 'store'),
  }
}
