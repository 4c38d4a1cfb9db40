// Loads the gateway's configuration: reads, checks everything at once, and resolves.
import { basename, dirname, isAbsolute, resolve } from 'node:path'
import type { core } from 'zod'
import { SluiceError } from '../base/errors.ts'
import { splitListen } from './check-address.ts'
import { maskingOf } from './check-masking.ts'
import { resolvedStore } from './check-store.ts'
import { checkConfig, type Checks } from './checks.ts'
import type { GatewayConfig, ModelConfig, PolicyRule } from './gateway-config.ts'
import { configurationInForce, policyInForce } from './in-force.ts'
import { nearest } from '../base/nearest.ts'
import { readText } from './read-text.ts'
import { readable, whole } from './readable.ts'
import { configSchema, type ConfigFile } from './schema.ts'
import { whyUnreadable, type Origin } from './references.ts'
import { readSource, type Path, type Problem, type Source } from './source.ts'
import { bytes, milliseconds } from './units.ts'

// More than a person reads at once.
const TOLD_AT_MOST = 50

export interface LoadOptions {
  /** Names that a mask list may hold, detectors and families; without it they aren't checked. */
  readonly detectors?: readonly string[]
  /** What is wrong with the company's own detectors and the modes. */
  readonly flawsOfMasking?: Checks['flawsOfMasking']
  /** What is wrong with a witness's key. */
  readonly flawOfWitness?: Checks['flawOfWitness']
}

export interface Inspected {
  /** Undefined where a problem is an error. */
  readonly config?: GatewayConfig
  /** In the order of the file. */
  readonly problems: readonly Problem[]
}

/** The configuration in a file. Throws ERR_CONFIG that lists everything that is wrong, each with line, key and what is allowed. */
export function loadConfig(path: string, options: LoadOptions = {}): GatewayConfig {
  const file = resolve(path)
  return configOf(inspectFile(file, options), file)
}

/** As loadConfig, of a text; pure, for `origin` says where everything else comes from. */
export function parseConfig(text: string, origin: Origin, options: LoadOptions = {}): GatewayConfig {
  return configOf(inspectConfig(text, origin, options), origin.file)
}

/** Problems and warnings of a file, as values. Throws ERR_CONFIG only where the file can't be read. */
export function inspectFile(path: string, options: LoadOptions = {}): Inspected {
  const file = resolve(path)
  let text: string
  try {
    text = readText(file)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new SluiceError('ERR_CONFIG', `${file} ${whyUnreadable(error)}.`, {
      nextSteps: [
        missing ? 'Name another file, or write a first one: sluice gateway init' : 'Name a file of YAML.',
      ],
      cause: error,
    })
  }
  return inspectConfig(text, { file, env: process.env, readFile: readText }, options)
}

export function inspectConfig(text: string, origin: Origin, options: LoadOptions = {}): Inspected {
  const folder = dirname(origin.file)
  const resolvePath = (path: string) => (isAbsolute(path) ? path : resolve(folder, path))
  const source = readSource(text, origin, resolvePath)
  let config: GatewayConfig | undefined
  if (source.problems.length === 0 || source.value !== undefined) {
    const shape = configSchema.safeParse(source.value ?? {})
    for (const issue of shape.error?.issues ?? []) reportIssue(issue, source)
    const file = shape.success ? whole(shape.data) : readable(source.value, shape.error.issues)
    const { detectors, flawsOfMasking, flawOfWitness } = options
    const { readFile } = origin
    checkConfig({ file, source, readFile, resolvePath, detectors, flawsOfMasking, flawOfWitness })
    if (shape.success) config = resolved(shape.data, origin.file, source, resolvePath)
  }
  const problems = source.problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
  const failed = problems.some(({ severity }) => severity === 'error')
  return config && !failed ? { config, problems } : { problems }
}

/** One line a problem: `sluice.yaml:12:5  models[0].dialect: must be one of …`. */
export function problemLine({ line, column, key, message }: Problem, file: string): string {
  return `${basename(file)}:${line}:${column}  ${key === '' ? '' : `${key}: `}${message}`
}

function configOf({ config, problems }: Inspected, file: string): GatewayConfig {
  if (config) return config
  throw configError(problems, file)
}

/** ERR_CONFIG for the errors among the problems. */
export function configError(problems: readonly Problem[], file: string): SluiceError {
  const errors = problems.filter(({ severity }) => severity === 'error')
  const count = errors.length === 1 ? 'an error' : `${errors.length} errors`
  const lines = errors.map((problem) => problemLine(problem, file))
  const more = lines.length > TOLD_AT_MOST ? [`and ${lines.length - TOLD_AT_MOST} more`] : []
  return new SluiceError(
    'ERR_CONFIG',
    [`${file} has ${count}:`, ...lines.slice(0, TOLD_AT_MOST), ...more].join('\n'),
    { nextSteps: [`Mend it, then: sluice gateway check ${basename(file)}`] },
  )
}

function reportIssue(issue: core.$ZodIssue, source: Source): void {
  const path = issue.path as Path
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split(', ')
    for (const key of issue.keys) {
      const near = nearest(key, known)
      const hint = near ? `; did you mean ${near}?` : ';'
      source.report('error', [...path, key], `is an unknown key${hint} Allowed: ${issue.message}`, 'key')
    }
  } else if (isMissing(source.value, path)) {
    source.report('error', path, `is missing: ${issue.message}`)
  } else source.report('error', path, `must be ${issue.message}`)
}

function isMissing(value: unknown, path: Path): boolean {
  let at: unknown = value
  for (const part of path) at = (at as { [key: string | number]: unknown } | undefined)?.[part]
  return at === undefined
}

function resolved(
  raw: ConfigFile,
  file: string,
  source: Source,
  resolvePath: (path: string) => string,
): GatewayConfig {
  const { identity, tls } = raw
  const policy: PolicyRule[] = raw.policy
  return {
    file,
    listen: { ...splitListen(raw.listen), setAt: setAt(file, source, 'listen') },
    publicUrl: (raw.public_url ?? `${tls ? 'https' : 'http'}://${raw.listen}`).replace(/\/$/, ''),
    ...(tls && { tls: { certPath: resolvePath(tls.cert), keyPath: resolvePath(tls.key) } }),
    behindTlsProxy: raw.behind_tls_proxy,
    store: resolvedStore(raw.store, raw.ledger_key, resolvePath),
    witnesses: raw.ledger.witnesses,
    identity: {
      issuer: identity.issuer,
      clientId: identity.client_id,
      ...(identity.client_secret !== undefined && { clientSecret: identity.client_secret }),
      scopes: identity.scopes,
      groupsClaim: identity.groups_claim,
    },
    roles: raw.roles,
    models: raw.models.map(resolvedModel),
    policy,
    masking: maskingOf(raw.masking),
    policyInForce: policyInForce(raw),
    configurationInForce: configurationInForce(source.written),
    limits: {
      bodyBytes: bytes(raw.limits.body),
      bodiesBytes: bytes(raw.limits.bodies),
      drainMs: milliseconds(raw.limits.drain),
      receiveMs: milliseconds(raw.limits.receive),
      stallMs: milliseconds(raw.limits.stall),
      connections: raw.limits.connections,
      upstreamMs: {
        firstByte: milliseconds(raw.limits.upstream_first_byte),
        silence: milliseconds(raw.limits.upstream_silence),
        total: milliseconds(raw.limits.upstream_total),
      },
    },
    log: raw.log,
  }
}

// `sluice.yaml:3:9`, or the file alone where it is not said there.
function setAt(file: string, source: Source, key: string): string {
  const place = source.placeOf([key])
  return place === undefined ? basename(file) : `${basename(file)}:${place}`
}

function resolvedModel(model: ConfigFile['models'][number]): ModelConfig {
  const { bearer, header = '', value = '' } = model.credentials ?? {}
  return {
    name: model.name,
    dialects: [...new Set([model.dialect].flat())],
    upstream: model.upstream.replace(/\/+$/, ''),
    upstreamModel: model.upstream_model ?? model.name,
    ...(model.context_length !== undefined && { contextLength: model.context_length }),
    ...(model.credentials && {
      credentials:
        bearer === undefined ? { header, value } : { header: 'authorization', value: `Bearer ${bearer}` },
    }),
  }
}
