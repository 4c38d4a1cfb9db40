// The gateway, put together from its configuration.
import { Worker } from 'node:worker_threads'
import pino, { type DestinationStream, type Logger } from 'pino'
import { portHolder } from '../adapters/proc/port-holder.ts'
import { openStore, type Store } from '../adapters/sql/sqlite/open-store.ts'
import { createHttpUpstream } from '../adapters/upstream-http/upstream-http.ts'
import { systemClock } from '../base/clock.ts'
import type { GatewayConfig } from '../config/gateway-config.ts'
import { dialects } from '../dialects/all.ts'
import { auditApi } from '../gateway/audit-api.ts'
import { BodyBudget } from '../gateway/body-budget.ts'
import { watchCertificate } from '../gateway/certificate.ts'
import { cliApi } from '../gateway/cli-api.ts'
import { createInlineDocuments } from '../gateway/inline-documents.ts'
import { createMetrics } from '../gateway/metrics.ts'
import type { GatewayParts, ServedModel } from '../gateway/parts.ts'
import { startServer } from '../gateway/server.ts'
import { resolveDetectors } from '../masking/catalogue.ts'
import { createMasker } from '../masking/engine.ts'
import type { Masker } from '../masking/port.ts'
import { createPolicy } from '../policy/policy.ts'
import type { SignIn } from '../identity/sign-ins.ts'
import { createIdentity, type Identity } from './identity.ts'

export interface GatewayOptions {
  readonly version: string
  /** Where the log goes; stderr by default. */
  readonly logTo?: DestinationStream
  /** The identity provider is the development one: nothing forwarded is let near it. */
  readonly development?: boolean
  /** Someone has said that the clock is right, although it does not go with the newest entry. */
  readonly anyClock?: boolean
}

export interface RunningGateway {
  readonly url: string
  readonly vkey: string
  /** Stops accepting, lets exchanges finish within the configured time, records the rest as interrupted. */
  stop(): Promise<void>
}

// The largest whole reply, and the most that a stream may hold back.
const MAX_BODIES = 2 ** 28
const MAX_REPLY = 32 * 2 ** 20
const MAX_HELD = 2 ** 20
// What the log's reader has not taken by then is dropped.
const LOG_WAITING_AT_MOST = 8 * 2 ** 20
const LOG_FLUSH_MS = 2_000

/** Starts the gateway; it serves when this resolves. Rejects with ERR_CONFIG, ERR_STORE or ERR_PORT_IN_USE. */
export async function startGateway(config: GatewayConfig, options: GatewayOptions): Promise<RunningGateway> {
  const log = options.logTo ? { to: options.logTo, flush: async () => undefined } : logToStderr()
  const logger = pino({ level: config.log.level, base: null }, log.to)
  const warn = (message: string): void => logger.warn(message)
  const certificate = config.tls && watchCertificate(config.tls.certPath, config.tls.keyPath, warn)
  const store = await openStore(new Worker(new URL('./store-worker.ts', import.meta.url)), {
    folder: config.storePath,
    origin: `${new URL(config.publicUrl).host}/ledger`,
    anyClock: options.anyClock,
  })
  const stopping = new AbortController()
  try {
    const identity = await openIdentity(config, options, store, logger)
    const parts = gatewayParts(config, options, store, identity, logger)
    const mounts = [
      (...[request, response]: Parameters<Identity['handle']>) => identity.handle(request, response),
      cliApi(parts, {
        sessions: identity.sessions,
        whoami: (caller) => identity.whoami(caller),
        audit: auditApi({
          log: store.log,
          nameOf: (id) => identity.subjectName(id),
          onRevoked: (listener) => identity.authenticator.onRevoked(listener),
          stopping: stopping.signal,
        }),
        discovery: {
          issuer: `${config.publicUrl}/oauth`,
          ledger: { origin: `${new URL(config.publicUrl).host}/ledger`, vkey: store.vkey },
        },
      }),
    ]
    const server = await startServer(parts, {
      ...config.listen,
      holderOf: portHolder,
      certificate,
      mounts,
      dialects,
      onListening: () => store.log.append([gatewayEntry('gateway-started', config, options)]),
    })
    return {
      url: config.publicUrl,
      vkey: store.vkey,
      async stop() {
        stopping.abort()
        await server.stop(config.limits.drainMs)
        try {
          if (store.log.writable) await store.log.append([gatewayEntry('gateway-stopped', config, options)])
        } finally {
          await parts.upstream.close()
          await store.close()
          await log.flush()
        }
      },
    }
  } catch (thrown) {
    certificate?.close()
    await store.close()
    await log.flush()
    throw thrown
  }
}

interface Log {
  readonly to: DestinationStream
  /** Resolves once everything is written, or a reader who has stopped reading has been waited for. */
  flush(): Promise<void>
}

// Whoever reads the log slowly must not hold up requests. With a least length of 0 its flush would not wait.
function logToStderr(): Log {
  const to = pino.destination({ dest: 2, sync: false, minLength: 1, maxLength: LOG_WAITING_AT_MOST })
  return {
    to,
    async flush() {
      const written = new Promise<void>((resolve) => to.flush(() => resolve()))
      const enough = new Promise<void>((resolve) => setTimeout(resolve, LOG_FLUSH_MS).unref())
      await Promise.race([written, enough])
    },
  }
}

async function openIdentity(
  config: GatewayConfig,
  options: GatewayOptions,
  store: Store,
  logger: Logger,
): Promise<Identity> {
  return createIdentity({
    publicUrl: config.publicUrl,
    provider: config.identity,
    auditorGroups: config.roles.auditor,
    records: store.records,
    clock: systemClock,
    behindProxy: config.behindTlsProxy,
    development: options.development ?? false,
    onEvent: async (kind, signIn: SignIn) => {
      const time = new Date(systemClock.now()).toISOString()
      await store.log.append([{ v: 1, kind, time, signIn: signIn.id, subject: signIn.subject }])
    },
    onFault: (error) => logger.error({ name: (error as Error).name }, 'sign-in failed'),
  })
}

function gatewayParts(
  config: GatewayConfig,
  options: GatewayOptions,
  store: Store,
  identity: Identity,
  logger: Logger,
): GatewayParts {
  const targets = config.models.map(({ name, upstream, credentials }) => {
    const headers: Record<string, string> = credentials ? { [credentials.header]: credentials.value } : {}
    return [name, { url: upstream, headers }] as const
  })
  const maskerFor = compileOnce()
  const bodies = new BodyBudget(MAX_BODIES)
  return {
    version: options.version,
    clock: systemClock,
    logger,
    metrics: createMetrics(store.log, bodies),
    authenticate: (request) => identity.authenticate(request),
    onRevoked(listener) {
      const stops = [identity.authenticator.onRevoked(listener), identity.sessions.onClosed(listener)]
      return () => stops.forEach((stop) => stop())
    },
    policy: createPolicy(
      config.policy.map(({ rule, models, groups, mask }) => ({
        name: rule,
        models,
        groups,
        mask,
        detectors: { request: resolveDetectors(mask.request), reply: resolveDetectors(mask.reply) },
      })),
    ),
    policyDigest: config.policyDigest,
    maskerFor,
    documents: createInlineDocuments(dialects, maskerFor),
    bodies,
    models: new Map(config.models.map((model) => [model.name, servedModel(model)])),
    ledger: store.log,
    upstream: createHttpUpstream(new Map(targets), config.limits.upstreamMs),
    limits: {
      body: config.limits.bodyBytes,
      reply: MAX_REPLY,
      held: MAX_HELD,
      receiveMs: config.limits.receiveMs,
      stallMs: config.limits.stallMs,
      connections: config.limits.connections,
    },
  }
}

function servedModel({ name, dialects: names, upstreamModel }: GatewayConfig['models'][number]): ServedModel {
  const spoken = dialects.filter((dialect) => names.includes(dialect.name))
  return { name, dialects: spoken, upstreamModel: upstreamModel === name ? undefined : upstreamModel }
}

/** Maskers by their set of detectors, each compiled at its first use. */
function compileOnce(): GatewayParts['maskerFor'] {
  const maskers = new Map<readonly string[], Masker>()
  return (detectors) => {
    if (detectors.length === 0) return undefined
    let masker = maskers.get(detectors)
    if (!masker) {
      masker = createMasker(detectors)
      maskers.set(detectors, masker)
    }
    return masker
  }
}

function gatewayEntry(
  kind: 'gateway-started' | 'gateway-stopped',
  config: GatewayConfig,
  { version }: GatewayOptions,
) {
  const time = new Date(systemClock.now()).toISOString()
  return { v: 1, kind, time, version, policy: config.policyDigest } as const
}
