// Callers who leave, at every stage of the pipeline: nothing is left behind, the model server is hung up on, one entry ends it.
import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import type { Entry } from '../../src/terms/entry.ts'
import { startTestGateway, type TestGateway } from '../support/gateway-parts.ts'
import { chatHead, chatRequest, rawCaller, type RawCaller } from '../support/raw-caller.ts'
import {
  chunk,
  chunkedHead,
  completion,
  DONE,
  event,
  LAST_CHUNK,
  startScriptedUpstream,
  whole,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

/** What a stage can hold up, and see. */
interface Scene {
  readonly upstream: ScriptedUpstream
  readonly gateway: TestGateway
  readonly stream: boolean
  /** Held at the look-up of the token, or in the engine, until it is let go. */
  readonly gate: Gate
}

interface Gate {
  at: 'looking up' | 'scanning' | undefined
  reached: boolean
  /** What happens there meanwhile: for a step that is one turn of the event loop. */
  during: () => void
  letGo: () => void
}

type Ended = { readonly kind: Entry['kind']; readonly status?: string; readonly error?: string }

interface Stage {
  readonly name: string
  /** Sends as much as brings the exchange to the stage; resolves once it is there. */
  reach(scene: Scene, call: (bytes: string) => Promise<RawCaller>): Promise<RawCaller>
  /** Lets go what was held, once the caller has left. */
  after?(scene: Scene): void
  /** The entries that end it, any of which is true: what left first can't always be known. */
  readonly ends: readonly Ended[]
  readonly asks: boolean
}

const LEFT: Ended = { kind: 'refusal', error: 'ERR_CANCELLED' }
const CANCELLED: Ended = { kind: 'outcome', status: 'cancelled', error: 'ERR_CANCELLED' }
const COMPLETED: Ended = { kind: 'outcome', status: 'completed' }

const asking = ({ stream }: Scene): string => chatRequest(stream)

/** Holds the ledger's append of one kind of entry. */
function holdAppend({ gateway, gate }: Scene, kind: Entry['kind']): Promise<void> {
  const held = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  gateway.ledger.before = async ([first]) => {
    if (first?.kind !== kind) return
    reached.resolve()
    await held.promise
  }
  gate.letGo = () => {
    gateway.ledger.before = () => undefined
    held.resolve()
  }
  return reached.promise
}

const STAGES: readonly Stage[] = [
  {
    name: 'while its token is looked up',
    async reach(scene, call) {
      scene.gate.at = 'looking up'
      const caller = await call(asking(scene))
      await until('it is looked up', () => scene.gate.reached)
      return caller
    },
    after: ({ gate }) => gate.letGo(),
    ends: [LEFT],
    asks: false,
  },
  {
    name: 'while it sends its body',
    async reach({ gateway }, call) {
      const caller = await call(chatHead(1_000) + '{"model":')
      await until('the exchange is open', async () => /_open 1$/m.test(await metrics(gateway)))
      return caller
    },
    ends: [LEFT, { kind: 'refusal', error: 'ERR_REQUEST_INVALID' }],
    asks: false,
  },
  {
    name: 'while its text is scanned',
    async reach(scene, call) {
      const caller = await call('')
      scene.gate.at = 'scanning'
      scene.gate.during = () => caller.socket.resetAndDestroy()
      caller.socket.write(asking(scene))
      // The scan is one turn of the event loop: that it has left is heard in the next, at the ledger.
      void holdAppend(scene, 'decision')
      await until('it is scanned', () => scene.gate.reached)
      return caller
    },
    after: ({ gate }) => gate.letGo(),
    ends: [LEFT, CANCELLED],
    asks: false,
  },
  {
    name: 'while its decision is written',
    async reach(scene, call) {
      const reached = holdAppend(scene, 'decision')
      const caller = await call(asking(scene))
      await reached
      return caller
    },
    after: ({ gate }) => gate.letGo(),
    ends: [CANCELLED],
    asks: false,
  },
  {
    name: 'while its refusal is written',
    async reach(scene, call) {
      const reached = holdAppend(scene, 'refusal')
      const caller = await call(chatRequest(scene.stream, { model: 'none' }))
      await reached
      return caller
    },
    after: ({ gate }) => gate.letGo(),
    ends: [{ kind: 'refusal', error: 'ERR_MODEL_UNKNOWN' }],
    asks: false,
  },
  {
    name: 'while its denial is written',
    async reach(scene, call) {
      const reached = holdAppend(scene, 'decision')
      const caller = await call(chatRequest(scene.stream, { model: 'closed' }))
      await reached
      return caller
    },
    after: ({ gate }) => gate.letGo(),
    ends: [{ kind: 'outcome', status: 'denied' }],
    asks: false,
  },
  {
    name: 'while the model server thinks',
    async reach(scene, call) {
      const caller = await call(asking(scene))
      await until('the model server was asked', () => scene.upstream.asked.length === 1)
      return caller
    },
    ends: [CANCELLED],
    asks: true,
  },
  {
    name: 'when the reply has its head',
    async reach(scene, call) {
      const { stream, upstream } = scene
      upstream.script = ({ socket }) =>
        void socket.write(chunkedHead(stream ? undefined : 'application/json'))
      const caller = await call(asking(scene))
      if (stream) await until('the head has come', () => caller.came().includes('\r\n\r\n'))
      else await until('the model server was asked', () => upstream.asked.length === 1)
      return caller
    },
    ends: [CANCELLED],
    asks: true,
  },
  {
    name: 'in the middle of the reply',
    async reach(scene, call) {
      const { stream, upstream } = scene
      upstream.script = ({ socket }) => {
        if (stream) socket.write(chunkedHead() + chunk(event('Hello ')).toString())
        else socket.write(chunkedHead('application/json') + chunk(completion('x').slice(0, 20)).toString())
      }
      const caller = await call(asking(scene))
      if (stream) await until('the first words have come', () => caller.came().includes('Hello'))
      else await until('the model server was asked', () => upstream.asked.length === 1)
      return caller
    },
    ends: [CANCELLED],
    asks: true,
  },
  {
    name: 'while the last of its text is held back',
    async reach(scene, call) {
      const { stream, upstream } = scene
      upstream.script = ({ socket }) => {
        if (!stream) return
        socket.write(chunkedHead() + chunk(event('Hello ')).toString() + chunk(event('ada@exam')).toString())
      }
      const caller = await call(asking(scene))
      if (stream) await until('the first words have come', () => caller.came().includes('Hello'))
      else await until('the model server was asked', () => upstream.asked.length === 1)
      return caller
    },
    ends: [CANCELLED],
    asks: true,
  },
  {
    name: 'while its outcome is written, before the last event',
    async reach(scene, call) {
      scene.upstream.script = ({ socket }) => {
        if (!scene.stream) return void socket.write(whole(200, 'application/json', completion('Hello there')))
        const events = [event('Hello '), event('there'), event('', 'stop') + DONE]
        socket.write(chunkedHead() + events.map((one) => chunk(one).toString()).join('') + LAST_CHUNK)
      }
      const reached = holdAppend(scene, 'outcome')
      const caller = await call(asking(scene))
      await reached
      return caller
    },
    after: ({ gate }) => gate.letGo(),
    ends: [COMPLETED],
    asks: true,
  },
  {
    name: 'as the last event leaves',
    async reach(scene, call) {
      scene.upstream.script = ({ socket }) => {
        if (!scene.stream) return void socket.write(whole(200, 'application/json', completion('Hello there')))
        socket.write(chunkedHead() + chunk(event('Hello')).toString())
        socket.write(chunk(event('', 'stop') + DONE).toString() + LAST_CHUNK)
      }
      const caller = await call(asking(scene))
      await until('the outcome is on record', () => scene.gateway.ledger.entries.length === 2)
      return caller
    },
    ends: [COMPLETED],
    asks: true,
  },
]

// Whom the gateway hears of as an end of what he sends, and whom as a reset.
const LEAVES = ['destroy', 'resetAndDestroy'] as const

for (const stage of STAGES) {
  t.test(`a caller who leaves ${stage.name}`, async (t) => {
    for (const stream of [false, true]) {
      for (const leave of LEAVES) {
        const why = `${stream ? 'streamed' : 'plain'}, ${leave}`
        const scene = await sceneOf(t, stream)
        const { gateway, upstream } = scene
        const caller = await stage.reach(scene, (bytes) => rawCaller(gateway.url, bytes))
        caller.socket[leave]()
        // By the time that these are answered, the gateway has seen it leave.
        for (let i = 0; i < 10; i++) await metrics(gateway)
        stage.after?.(scene)
        await until('no exchange is open, nor any connection but the one that asks', async () =>
          /connections_open 1\n[^]*exchanges_open 0$|exchanges_open 0\n[^]*connections_open 1$/m.test(
            await metrics(gateway),
          ),
        )

        t.equal(upstream.asked.length, stage.asks ? 1 : 0, `${why}: what the model server was asked`)
        const [last, ...before] = gateway.ledger.entries.toReversed()
        const ended = stage.ends.some((end) => isLike(last, end))
        t.ok(ended, `${why}: it ends as ${JSON.stringify(last)}`)
        t.same(
          before.map(({ kind }) => kind),
          last?.kind === 'refusal' ? [] : ['decision'],
          `${why}: and as nothing else`,
        )
        if (last?.kind === 'outcome' && last.status === 'cancelled' && stage.asks)
          await until('the connection upstream is closed', () => !!upstream.asked[0]?.closed)
        t.match(await metrics(gateway), /^sluice_exchanges_open 0$/m, why)
        await gateway.server.stop(0)
        await upstream.close()
      }
    }
  })
}

async function sceneOf(t: Test, stream: boolean): Promise<Scene> {
  const gate: Gate = { at: undefined, reached: false, during: () => undefined, letGo: () => undefined }
  const open = new Promise<void>((resolve) => (gate.letGo = resolve))
  const upstream = await startScriptedUpstream()
  const gateway = await startTestGateway(upstream.url, undefined, {
    lookUp: async () => {
      if (gate.at !== 'looking up') return
      gate.reached = true
      await open
    },
    wrap: (masker) => ({
      ...masker,
      open: (kind) => masker.open(kind),
      mask(text, kind) {
        if (gate.at === 'scanning' && !gate.reached) {
          gate.reached = true
          gate.during()
        }
        return masker.mask(text, kind)
      },
    }),
  })
  t.teardown(async () => {
    await gateway.server.stop(0)
    await upstream.close()
  })
  return { upstream, gateway, stream, gate }
}

function isLike(entry: Entry | undefined, like: Ended): boolean {
  return Object.entries(like).every(
    ([name, value]) => (entry as Record<string, unknown> | undefined)?.[name] === value,
  )
}

// On a connection of its own each time, so that those that are left can be counted.
async function metrics(gateway: TestGateway): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`${gateway.url}/metrics`, { agent: false }, (reply) => void text(reply).then(resolve, reject)).on(
      'error',
      reject,
    )
  })
}
