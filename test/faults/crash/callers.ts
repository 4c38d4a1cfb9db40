// Callers who ask without pause until the gateway is gone, and write down what they were told.
import { Pool, type Dispatcher } from 'undici'

export interface Told {
  /** Decisions that were named in a reply's head: index by exchange. */
  readonly decisions: ReadonlyMap<string, number>
  /** Replies that came whole: their outcomes, by exchange. */
  readonly outcomes: ReadonlyMap<string, Outcome>
}

export interface Outcome {
  readonly entry: number
  readonly status: string
}

export interface Callers {
  readonly told: Told
  /** How many of them are waiting for something just now. */
  inFlight(): number
  /** Resolves when all of them have given up, which they do once the gateway is gone. */
  readonly gone: Promise<void>
  /** From now on a lost connection is the gateway's end. */
  expectTheEnd(): void
}

const chat = (more: object): string => JSON.stringify({ model: 'm', ...more })
const text = 'Write to bob@example.org, and say hello. '
const REQUESTS = [
  chat({ stream: true, messages: [{ role: 'user', content: text }] }),
  chat({ stream: true, messages: [{ role: 'user', content: text.repeat(200) }] }),
  chat({ messages: [{ role: 'user', content: text }] }),
  // Policy denies what it can't look into.
  chat({
    messages: [
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
    ],
  }),
]

export function startCallers(origin: string, token: string, count: number): Callers {
  const pool = new Pool(origin, { connections: count })
  const decisions = new Map<string, number>()
  const outcomes = new Map<string, Outcome>()
  let inFlight = 0
  let ending = false

  async function ask(body: string): Promise<void> {
    const reply = await pool.request({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    })
    const exchange = String(reply.headers['sluice-exchange'])
    decisions.set(exchange, Number(reply.headers['sluice-entry']))
    const whole = await reply.body.text()
    requireExpected(reply, body, whole)
    outcomes.set(exchange, JSON.parse(String(reply.trailers['sluice-outcome'])) as Outcome)
  }

  async function askOn(turn: number): Promise<void> {
    for (;;) {
      inFlight++
      try {
        await ask(REQUESTS[turn++ % REQUESTS.length] as string)
      } catch (error) {
        if (!ending || !isLost(error)) throw error
        return
      } finally {
        inFlight--
      }
    }
  }

  const all = Promise.all(Array.from({ length: count }, (_, at) => askOn(at)))
  return {
    told: { decisions, outcomes },
    inFlight: () => inFlight,
    gone: all.then(() => pool.destroy()),
    expectTheEnd: () => (ending = true),
  }
}

function requireExpected({ statusCode }: Dispatcher.ResponseData, asked: string, came: string): void {
  const denied = asked.includes('image_url')
  const whole = denied || !asked.includes('"stream":true') || came.endsWith('data: [DONE]\n\n')
  if (statusCode === (denied ? 403 : 200) && whole) return
  throw new Error(`HTTP ${statusCode}: ${came.slice(-300)}`)
}

/** The gateway ended, before or within its reply. */
function isLost(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET'].includes(code)
}
