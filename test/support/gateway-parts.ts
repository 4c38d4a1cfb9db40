// A gateway on real HTTP with stand-ins at its ports: a token table for identity, a ledger in memory.
import pino from 'pino'
import type { UpstreamTimes } from '../../src/adapters/upstream-http/deadlines.ts'
import { createHttpUpstream } from '../../src/adapters/upstream-http/upstream-http.ts'
import { systemClock } from '../../src/base/clock.ts'
import { SluiceError } from '../../src/base/errors.ts'
import type { Dialect } from '../../src/dialects/dialect.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { BodyBudget } from '../../src/gateway/body-budget.ts'
import type { Documents } from '../../src/gateway/documents.ts'
import { createInlineDocuments } from '../../src/gateway/inline-documents.ts'
import { createMetrics } from '../../src/gateway/metrics.ts'
import type { GatewayParts } from '../../src/gateway/parts.ts'
import { startServer, type GatewayServer } from '../../src/gateway/server.ts'
import type { Catalogue } from '../../src/masking/catalogue.ts'
import { createMasker } from '../../src/masking/engine.ts'
import type { Masker } from '../../src/masking/port.ts'
import { createPolicy, type Rule } from '../../src/policy/policy.ts'
import type { Caller } from '../../src/terms/subject.ts'
import { createMemoryLedger, type MemoryLedger } from './memory-ledger.ts'
import { until } from './until.ts'

export const CREDENTIAL = 'upstream-credential-of-the-gateway'
export const TOKEN = 'token-of-ada'

export interface TestGateway {
  readonly url: string
  readonly ledger: MemoryLedger
  readonly server: GatewayServer
  readonly logs: string[]
  /** Ends Ada's sign-in, or her session `ses_1`. */
  revoke(id?: string): void
  /** Resolves once no exchange is open, by its own metrics. */
  quiet(): Promise<void>
}

interface TestGatewayOptions {
  readonly body?: number
  readonly reply?: number
  /** Bytes of request bodies that it may hold at once. */
  readonly bodies?: number
  /** The APIs that it speaks, and its models too; chat completions where left out. */
  readonly dialects?: readonly Dialect[]
  /** What reads documents; the real inline reader where left out. */
  readonly documents?: Documents
  readonly held?: number
  /** How long the model server may take. */
  readonly upstream?: Partial<UpstreamTimes>
  /** How long a caller may take to send a request, and to read on in a reply, in milliseconds. */
  readonly receive?: number
  readonly stall?: number
  readonly connections?: number
  /** What looking up a token waits for. */
  readonly lookUp?: () => Promise<void>
  readonly port?: number
  /** What it waits for between having its port and answering. */
  readonly onListening?: () => Promise<void>
  /** Where the detectors that policy names come from; the catalogue as it comes where left out. */
  readonly catalogue?: Catalogue
  /** Stands between the gateway and the engine, at the masking port. */
  readonly wrap?: (masker: Masker) => Masker
}

export async function startTestGateway(
  upstream: string,
  mask: Rule['mask'] = { request: ['email'], reply: ['email'] },
  options: TestGatewayOptions = {},
): Promise<TestGateway> {
  const ledger = createMemoryLedger()
  const logs: string[] = []
  const { wrap = (masker) => masker, dialects = [openaiChat] } = options
  const compiled = new Map<string, Masker>()
  const maskers = (detectors: readonly string[]): Masker | undefined => {
    if (detectors.length === 0) return undefined
    const name = detectors.join()
    const masker = compiled.get(name) ?? createMasker(detectors, options.catalogue)
    compiled.set(name, masker)
    return wrap(masker)
  }
  const bodies = new BodyBudget(options.bodies ?? 1 << 28)
  let revoked: (id: string) => void = () => undefined
  const parts: GatewayParts = {
    version: '0.0.0',
    clock: systemClock,
    logger: pino({ level: 'info' }, { write: (line: string) => void logs.push(line) }),
    metrics: createMetrics(ledger, bodies),
    authenticate: async (request) => {
      await options.lookUp?.()
      return request.headers.authorization === `Bearer ${TOKEN}`
        ? Promise.resolve(ada)
        : Promise.reject(new SluiceError('ERR_TOKEN_INVALID', 'This token is not good.'))
    },
    onRevoked(listener) {
      revoked = listener
      return () => undefined
    },
    policy: createPolicy([
      { name: 'engineers', models: ['open'], groups: ['engineering'], mask, detectors: mask },
    ]),
    policyDigest: '0'.repeat(64),
    maskerFor: maskers,
    documents: options.documents ?? createInlineDocuments(dialects, maskers),
    bodies,
    models: new Map([
      ['open', { name: 'open', dialects, upstreamModel: 'up-model' }],
      ['closed', { name: 'closed', dialects }],
    ]),
    ledger,
    upstream: createHttpUpstream(
      new Map(
        ['open', 'closed'].map((name) => [
          name,
          { url: upstream, headers: { authorization: `Bearer ${CREDENTIAL}` } },
        ]),
      ),
      options.upstream,
    ),
    limits: {
      body: options.body ?? 1 << 20,
      reply: options.reply ?? 1 << 20,
      held: options.held ?? 1 << 18,
      receiveMs: options.receive ?? 120_000,
      stallMs: options.stall ?? 600_000,
      connections: options.connections ?? 10_000,
    },
  }
  const { port = 0, onListening = async () => undefined } = options
  const server = await startServer(parts, {
    host: '127.0.0.1',
    port,
    mounts: [],
    dialects,
    onListening,
  })
  const url = `http://127.0.0.1:${server.port}`
  const openExchanges = async (): Promise<string | undefined> =>
    /^sluice_exchanges_open (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]
  return {
    url,
    ledger,
    server,
    logs,
    revoke: (id = 'sgn_1') => revoked(id),
    quiet: () => until('no exchange is open', async () => (await openExchanges()) === '0'),
  }
}

const ada: Caller = {
  subject: {
    id: 'sub_ada',
    provider: 'test',
    providerSubject: 'ada',
    name: 'ada@example.dev',
    groups: ['engineering'],
    roles: [],
  },
  signIn: 'sgn_1',
  session: 'ses_1',
  scope: 'cli',
  expiresAt: Number.MAX_SAFE_INTEGER,
}
