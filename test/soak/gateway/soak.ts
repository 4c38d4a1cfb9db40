// Full load in stretches, with a rest after each in which the gateway must be as it was: what it holds then, it keeps.
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, Pool, setGlobalDispatcher } from 'undici'
import {
  openSession,
  startMeasuredGateway,
  type MeasuredGateway,
} from '../../bench/gateway/measured-gateway.ts'
import { CALLERS, type Scene } from './callers.ts'
import { startModel } from './model.ts'
import { Samples, type Sample } from './samples.ts'

export interface SoakOptions {
  readonly stretches: number
  readonly stretchSeconds: number
  /** Told of each rest. */
  readonly onRest?: (rest: Sample, stretch: number) => void
}

export interface Soaked {
  /** After each stretch, all garbage collected. The first is the warm-up's. */
  readonly rests: readonly Sample[]
  /** One a second, under load. */
  readonly loaded: readonly Sample[]
  /** How often each kind of caller was done with what it does. */
  readonly done: Readonly<Record<string, number>>
  /** What callers got and should not have, at most so many. */
  readonly wrong: readonly string[]
}

const MOST_WRONG = 20
const SESSIONS = 8

export async function soakGateway(options: SoakOptions): Promise<Soaked> {
  // What this process keeps open would count as left behind by the gateway.
  setGlobalDispatcher(new Agent({ keepAliveMaxTimeout: 1_000 }))
  const model = await startModel()
  const gateway = await startMeasuredGateway(model.url)
  const samples = new Samples(gateway)
  const done: Record<string, number> = {}
  const wrong: string[] = []
  const rests: Sample[] = []
  try {
    for (let stretch = 0; stretch < options.stretches; stretch++) {
      await load(gateway, samples, options.stretchSeconds, done, wrong)
      const rest = await samples.atRest(rests[0]?.descriptors)
      rests.push(rest)
      options.onRest?.(rest, stretch)
    }
  } finally {
    await gateway.stop()
    model.close()
  }
  return { rests, loaded: samples.loaded, done, wrong }
}

async function load(
  gateway: MeasuredGateway,
  samples: Samples,
  seconds: number,
  done: Record<string, number>,
  wrong: string[],
): Promise<void> {
  const grace = await (await gateway.signIn('grace')).accessToken()
  const client = await gateway.signIn('ada')
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => openSession(client)))
  const pool = new Pool(gateway.origin, { headersTimeout: 60_000, bodyTimeout: 60_000 })
  const end = new AbortController()
  const scene: Scene = {
    gateway,
    pool,
    sessions: sessions.map(({ token }) => token),
    ada: await client.accessToken(),
    grace,
    signal: end.signal,
  }
  const acting = Object.entries(CALLERS).flatMap(([name, [count, act]]) =>
    Array.from({ length: count }, async () => {
      while (!end.signal.aborted) {
        try {
          await act(scene)
          done[name] = (done[name] ?? 0) + 1
        } catch (error) {
          if (end.signal.aborted) return
          if (wrong.length < MOST_WRONG) wrong.push(`${name}: ${String(error)}`)
          await pause(100)
        }
      }
    }),
  )
  const sampling = samples.take(end.signal)
  await pause(seconds * 1000)
  end.abort()
  await Promise.all([...acting, sampling])
  await pool.destroy()
}
