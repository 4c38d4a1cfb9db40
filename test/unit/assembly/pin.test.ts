import t from 'tap'
import { pinner } from '../../../src/assembly/pin.ts'
import type { ClientState, ClientStateStore } from '../../../src/login/client-state.ts'

const GATEWAY = 'https://gw.example'
const note = (size: number) => `gw.example/ledger\n${size}\nroot\n\n— gw.example/ledger sig\n`

/** A state in memory; `writes` counts what would have gone to disk. */
function memoryState(pin?: string) {
  let state = {
    v: 1,
    gateways: {
      [GATEWAY]: { url: GATEWAY, issuer: '', ledger: { origin: '', vkey: '' }, ...(pin && { pin }) },
    },
  } as ClientState
  const seen = {
    writes: 0,
    pin: () => state.gateways[GATEWAY]?.pin,
    at: () => Date.parse(state.gateways[GATEWAY]?.pinnedAt ?? ''),
  }
  const store: ClientStateStore = {
    load: async () => state,
    update: async (change) => {
      seen.writes++
      return (state = change(state))
    },
  }
  return { store, seen }
}

t.test('the newest checkpoint is pinned, in one write', async (t) => {
  const { store, seen } = memoryState()
  const pin = pinner({ gatewayUrl: GATEWAY, state: store, now: Date.now })
  t.equal(pin.size, undefined)
  for (const size of [1, 2, 3]) pin.offer(note(size))
  t.equal(pin.size, 3)
  await pin.flush()
  await pin.flush()
  t.equal(seen.pin(), note(3))
  t.equal(seen.writes, 1)
})

t.test('never over a larger one, that another tail has pinned meanwhile', async (t) => {
  const { store, seen } = memoryState(note(9))
  const pin = pinner({ gatewayUrl: GATEWAY, state: store, now: Date.now })
  pin.offer(note(5))
  await pin.flush()
  t.equal(seen.pin(), note(9))
  pin.offer(note(10))
  await pin.flush()
  t.equal(seen.pin(), note(10))
})

t.test('nothing offered, nothing written', async (t) => {
  const { store, seen } = memoryState()
  await pinner({ gatewayUrl: GATEWAY, state: store, now: Date.now }).flush()
  t.equal(seen.writes, 0)
})

t.test('its time is when it was seen first, not when it was written', async (t) => {
  const { store, seen } = memoryState()
  const pin = pinner({ gatewayUrl: GATEWAY, state: store, now: Date.now })
  pin.offer(note(1))
  const after = Date.now()
  await new Promise((resolve) => setTimeout(resolve, 20))
  pin.offer(note(1))
  await pin.flush()
  t.ok(seen.at() <= after)
})
