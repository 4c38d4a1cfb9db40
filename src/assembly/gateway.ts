// The gateway, put together from its configuration.
import { Worker } from 'node:worker_threads'
import pino, { type DestinationStream, type Logger } from 'pino'
import { portHolder } from '../adapters/proc/port-holder.ts'
import { openStore, type Store } from '../adapters/sql/open-store.ts'
import { keptReceipts } from '../adapters/sql/kept-receipts.ts'
import { createHttpUpstream } from '../adapters/upstream-http/upstream-http.ts'
import { systemClock } from '../base/clock.ts'
import type { GatewayConfig } from '../config/gateway-config.ts'
import { dialects } from '../dialects/all.ts'
import { auditApi } from '../gateway/audit-api.ts'
import { BodyBudget } from '../gateway/body-budget.ts'
import { watchCertificate } from '../gateway/certificate.ts'
import { cliApi } from '../gateway/cli-api.ts'
import type { Cosigning } from '../gateway/cosigning.ts'
import { ledgerApi } from '../gateway/ledger-api.ts'
import { createMetrics } from '../gateway/metrics.ts'
import type { GatewayParts, ServedModel } from '../gateway/parts.ts'
import { startServer } from '../gateway/server.ts'
import type { Catalogue } from '../masking/catalogue.ts'
import { catalogueOf } from '../masking/own.ts'
import { createPolicy, type Rule } from '../policy/policy.ts'
import { openCosigning } from './cosigning.ts'
import { readDocuments } from './documents.ts'
import { createIdentity, type Identity } from './identity.ts'
import { erasureIn, signInEntry } from './identity-entries.ts'
import { keptTexts } from './kept-texts.ts'
import { createMaskers } from './maskers.ts'

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
const MAX_REPLY = 32 * 2 ** 20
const MAX_HELD = 2 ** 19
// What the log's reader has not taken by then is dropped.
const LOG_WAITING_AT_MOST = 8 * 2 ** 20
const LOG_FLUSH_MS = 2_000
// A provider's own words may be part of it.
const LOGGED_REASON = 300

/** Starts the gateway; it serves when this resolves. Rejects with ERR_CONFIG, ERR_STORE or ERR_PORT_IN_USE. */
export async function startGateway(config: GatewayConfig, options: GatewayOptions): Promise<RunningGateway> {
  const log = options.logTo ? { to: options.logTo, flush: async () => undefined } : logToStderr()
  const logger = pino({ level: config.log.level, base: null }, log.to)
  const warn = (message: string): void => logger.warn(message)
  const certificate = config.tls && watchCertificate(config.tls.certPath, config.tls.keyPath, warn)
  const catalogue = catalogueOf(config.masking)
  const rules = policyRules(config, catalogue)
  const workerData = 'url' in config.store ? 'postgres' : 'sqlite'
  const opening = openStore(new Worker(new URL('./store-worker.ts', import.meta.url), { workerData }), {
    place: config.store,
    origin: `${new URL(config.publicUrl).host}/ledger`,
    anyClock: options.anyClock,
    onWritable(refused) {
      if (refused) logger.error({ code: refused.code, nextSteps: refused.nextSteps }, refused.message)
      else logger.info('the ledger is written again')
    },
  })
  // Compiled while the store's thread opens it.
  const sets = rules.flatMap(({ detectors }) => [detectors.request, detectors.reply])
  const maskers = createMaskers(sets, catalogue)
  const reading = readDocuments(maskers, config.masking)
  const store = await opening
  const stopping = new AbortController()
  let cosigning: Cosigning | undefined
  try {
    const identity = await openIdentity(config, options, store, logger)
    const bodies = new BodyBudget(config.limits.bodiesBytes)
    const metrics = createMetrics(store.log, bodies)
    const { notes, stop: stopCosigning } = (cosigning = await openCosigning(config.witnesses, {
      ...store,
      logger,
      metrics,
    }))
    const rotations = await keptReceipts(store.records, 'key-rotation')
    const recoveries = await keptReceipts(store.records, 'ledger-recovery')
    const inForce = keptTexts(store.records)
    await inForce.keep([config.policyInForce, config.configurationInForce])
    const parts: GatewayParts = {
      ...gatewayParts(config, options, store, identity),
      logger,
      metrics,
      policy: createPolicy(rules),
      maskerFor: maskers,
      documents: reading.documents,
      bodies,
    }
    const mounts = [
      (...[request, response]: Parameters<Identity['handle']>) => identity.handle(request, response),
      cliApi(parts, {
        sessions: identity.sessions,
        whoami: (caller) => identity.whoami(caller),
        audit: auditApi({
          log: store.log,
          cosigned: notes,
          recoveries,
          nameOf: (id) => identity.subjectName(id),
          textOf: (digest) => inForce.find(digest),
          onRevoked: (listener) => identity.authenticator.onRevoked(listener),
          stopping: stopping.signal,
        }),
        ledger: ledgerApi(store.log, notes, { rotations, recoveries }),
        eraseSubject: (caller, id) => identity.eraseSubject(erasureIn(store.log, systemClock), caller, id),
        discovery: {
          issuer: `${config.publicUrl}/oauth`,
          ledger: { origin: `${new URL(config.publicUrl).host}/ledger`, vkey: store.vkey, rotations },
        },
      }),
    ]
    const server = await startServer(parts, {
      ...config.listen,
      holderOf: portHolder,
      certificate,
      mounts,
      dialects,
      onListening: () => store.log.append([started(config, options)]),
    })
    return {
      url: config.publicUrl,
      vkey: store.vkey,
      async stop() {
        stopping.abort()
        await server.stop(config.limits.drainMs)
        try {
          if (store.log.writable) await store.log.append([stopped(config, options)])
        } finally {
          await stopCosigning()
          await reading.close()
          await parts.upstream.close()
          await store.close()
          await log.flush()
        }
      },
    }
  } catch (thrown) {
    certificate?.close()
    await cosigning?.stop()
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
    roles: config.roles,
    records: store.records,
    clock: systemClock,
    behindProxy: config.behindTlsProxy,
    development: options.development ?? false,
    onEvent: async (...event) => {
      await store.log.append([signInEntry(systemClock.now(), ...event)])
    },
    onFault: (error) => logger.error({ name: (error as Error).name }, 'sign-in failed'),
    onNotSignedIn: ({ code, message }) =>
      logger.warn({ code, reason: message.slice(0, LOGGED_REASON) }, 'sign-in failed'),
  })
}

function gatewayParts(
  config: GatewayConfig,
  options: GatewayOptions,
  store: Store,
  identity: Identity,
): Omit<GatewayParts, 'logger' | 'metrics' | 'policy' | 'maskerFor' | 'documents' | 'bodies'> {
  const targets = config.models.map(({ name, upstream, credentials }) => {
    const headers: Record<string, string> = credentials ? { [credentials.header]: credentials.value } : {}
    return [name, { url: upstream, headers }] as const
  })
  return {
    version: options.version,
    clock: systemClock,
    authenticate: (request) => identity.authenticate(request),
    onRevoked(listener) {
      const stops = [identity.authenticator.onRevoked(listener), identity.sessions.onClosed(listener)]
      return () => stops.forEach((stop) => stop())
    },
    policyDigest: config.policyInForce.digest,
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

function policyRules(config: GatewayConfig, catalogue: Catalogue): Rule[] {
  return config.policy.map(({ rule, models, groups, mask }) => ({
    name: rule,
    models,
    groups,
    mask,
    detectors: { request: catalogue.resolve(mask.request), reply: catalogue.resolve(mask.reply) },
  }))
}

function servedModel(model: GatewayConfig['models'][number]): ServedModel {
  const { name, upstreamModel, contextLength } = model
  const spoken = dialects.filter((dialect) => model.dialects.includes(dialect.name))
  return {
    name,
    dialects: spoken,
    upstreamModel: upstreamModel === name ? undefined : upstreamModel,
    contextLength,
  }
}

function started({ policyInForce, configurationInForce }: GatewayConfig, { version }: GatewayOptions) {
  const [policy, configuration] = [policyInForce.digest, configurationInForce.digest]
  return { v: 1, kind: 'gateway-started', time: timeNow(), version, policy, configuration } as const
}

function stopped({ policyInForce }: GatewayConfig, { version }: GatewayOptions) {
  return { v: 1, kind: 'gateway-stopped', time: timeNow(), version, policy: policyInForce.digest } as const
}

function timeNow(): string {
  return new Date(systemClock.now()).toISOString()
}
