// Everything that callers do, well or badly: one function each, which does it once.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Pool } from 'undici'
import { signOut } from '../../../src/assembly/sign-out.ts'
import { openSession, type MeasuredGateway } from '../../bench/gateway/measured-gateway.ts'
import { FAULTS } from './model.ts'

export interface Scene {
  readonly gateway: MeasuredGateway
  readonly pool: Pool
  /** Tokens of sessions that reach the model. */
  readonly sessions: readonly string[]
  /** Ada's access token, and that of Grace, who is an auditor. */
  readonly ada: string
  readonly grace: string
  /** The load is to end. */
  readonly signal: AbortSignal
}

interface Asked {
  readonly user: string
  readonly stream?: boolean
  readonly text?: string
  readonly model?: string
  readonly content?: unknown
}

const TEXT = 'Draft a note for bob.miller@example.org, card 5555 5555 5555 4444, key AKIAQ3EGRB7KX2MNP4TZ. '
const LARGE = TEXT.repeat(1_000)
const VERY_LARGE = TEXT.repeat(20_000)
const PICTURE = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }]
let turn = 0

/** How many of each there are at once, and what they do. Each rejects where the gateway's answer is not the right one. */
export const CALLERS: Readonly<Record<string, [count: number, act: (scene: Scene) => Promise<void>]>> = {
  plain: [16, (scene) => expect(scene, { user: 'whole' }, 200, '[EMAIL]')],
  streamed: [16, (scene) => expect(scene, { user: 'paced', stream: true }, 200, '[DONE]')],
  'with large bodies': [2, large],
  denied: [2, (scene) => expect(scene, { user: 'whole', content: PICTURE }, 403, 'ERR_POLICY_DENIED')],
  'of another model': [
    1,
    (scene) => expect(scene, { user: 'whole', model: 'closed' }, 404, 'ERR_MODEL_UNKN'),
  ],
  'without sense': [1, nonsense],
  'who leave before an answer': [4, (scene) => leave(scene, 'silent')],
  'who leave in mid-stream': [4, (scene) => leave(scene, 'begun')],
  'who read slowly': [4, readSlowly],
  'of a failing model server': [4, faults],
  'who open and close sessions': [2, session],
  'who sign in and out': [1, signInAndOut],
  'who follow the ledger': [3, follow],
}

async function ask(scene: Scene, asked: Asked, signal = scene.signal) {
  const { user, stream = false, text = TEXT, model = 'm', content = text } = asked
  const token = scene.sessions[turn++ % scene.sessions.length] as string
  return scene.pool.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ model, user, stream, messages: [{ role: 'user', content }] }),
    signal,
  })
}

async function expect(scene: Scene, asked: Asked, status: number, holding: string): Promise<void> {
  const { statusCode, body } = await ask(scene, asked)
  const came = await body.text()
  if (statusCode !== status || !came.includes(holding)) throw wrong(asked.user, statusCode, came)
}

/** Once in a while a very large one. */
function large(scene: Scene): Promise<void> {
  const text = turn % 20 === 0 ? VERY_LARGE : LARGE
  return expect(scene, { user: 'whole', text }, 200, '[EMAIL]')
}

async function nonsense({ pool, ada, signal }: Scene): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${ada}` }
  const request = {
    method: 'POST',
    path: '/v1/chat/completions',
    headers,
    body: '{"model":',
    signal,
  } as const
  const { statusCode, body } = await pool.request(request)
  const came = await body.text()
  if (statusCode !== 400) throw wrong('nonsense', statusCode, came)
}

async function leave(scene: Scene, user: 'silent' | 'begun'): Promise<void> {
  const leaving = new AbortController()
  const timer = setTimeout(() => leaving.abort(), Math.random() * 60)
  try {
    const { body } = await ask(scene, { user, stream: true }, AbortSignal.any([leaving.signal, scene.signal]))
    await body.text()
  } catch (error) {
    if (!leaving.signal.aborted) throw error
    return
  } finally {
    clearTimeout(timer)
  }
  throw new Error('an answer that never ends has ended')
}

/** Takes a little of a large stream at a time, and gives up long before its end. */
async function readSlowly({ gateway, sessions, signal }: Scene): Promise<void> {
  const { hostname, port } = new URL(gateway.origin)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => undefined)
  await once(socket, 'connect', { signal })
  const messages = [{ role: 'user', content: TEXT }]
  const body = JSON.stringify({ model: 'm', user: 'burst', stream: true, messages })
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    'host: gateway',
    `authorization: Bearer ${sessions[0]}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  try {
    for (let i = 0; i < 10; i++) {
      await pause(100, undefined, { signal })
      socket.read(16_384)
    }
  } finally {
    socket.destroy()
  }
}

async function faults(scene: Scene): Promise<void> {
  const user = FAULTS[turn % FAULTS.length] as string
  const { statusCode, body } = await ask(scene, { user, stream: true })
  const came = await body.text()
  if (!came.includes('ERR_UPSTREAM_')) throw wrong(user, statusCode, came)
}

async function session({ gateway, pool, ada, signal }: Scene): Promise<void> {
  const headers = { authorization: `Bearer ${ada}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ model: 'm', client: { host: 'soak', version: '0' } })
  const opening = { method: 'POST', path: '/api/v1/sessions', headers, body, signal } as const
  const opened = await pool.request(opening)
  const { id, token } = (await opened.body.json()) as { id: string; token: string }
  await expect(
    { gateway, pool, sessions: [token], ada, grace: '', signal },
    { user: 'whole' },
    200,
    '[EMAIL]',
  )
  const closed = await pool.request({ method: 'DELETE', path: `/api/v1/sessions/${id}`, headers, signal })
  await closed.body.dump()
  if (closed.statusCode !== 204) throw wrong('closing a session', closed.statusCode, '')
}

async function signInAndOut({ gateway, signal }: Scene): Promise<void> {
  const client = await gateway.signIn('grace')
  await openSession(client)
  const { revoked } = await signOut({ forget: false })
  if (!revoked) throw new Error('signing out was not told')
  await pause(2_000, undefined, { signal })
}

async function follow({ pool, grace, signal }: Scene): Promise<void> {
  const leaving = AbortSignal.any([AbortSignal.timeout(500 + Math.floor(Math.random() * 1_500)), signal])
  const since = new Date(Date.now() - 100).toISOString()
  const path = `/api/v1/audit/follow?all=1&follow=1&since=${since}`
  const headers = { authorization: `Bearer ${grace}` }
  try {
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers, signal: leaving })
    const came = await body.text()
    throw wrong('following', statusCode, came)
  } catch (error) {
    if (!leaving.aborted) throw error
  }
}

function wrong(what: string, status: number, came: string): Error {
  return new Error(`${what}: HTTP ${status}: ${came.slice(-200)}`)
}
