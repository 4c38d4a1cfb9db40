// What the gateway runs on: the configuration file, resolved. Paths are absolute, sizes in bytes, times in milliseconds.

export interface GatewayConfig {
  /** Absolute path of the file that it was read from. */
  readonly file: string
  readonly listen: {
    readonly host: string
    readonly port: number
    readonly loopback: boolean
    /** Where the file says it, such as `sluice.yaml:3:9`. */
    readonly setAt: string
  }
  /** Origin (scheme, host, port) without a trailing slash. */
  readonly publicUrl: string
  readonly tls?: { readonly certPath: string; readonly keyPath: string }
  /** TLS ends at a proxy in front, whose forwarding headers are then believed. */
  readonly behindTlsProxy: boolean
  /** A folder, or a PostgreSQL database and the file of the ledger's key. */
  readonly store: { readonly folder: string } | { readonly url: string; readonly keyPath: string }
  /** Who is asked to cosign the ledger: submission prefix, and verifier key. */
  readonly witnesses: readonly { readonly url: string; readonly vkey: string }[]
  readonly identity: {
    readonly issuer: string
    readonly clientId: string
    readonly clientSecret?: string
    readonly scopes: readonly string[]
    readonly groupsClaim: string
  }
  readonly roles: { readonly auditor: readonly string[]; readonly eraser: readonly string[] }
  readonly models: readonly ModelConfig[]
  readonly policy: readonly PolicyRule[]
  readonly masking: MaskingConfig
  /** The canonical JSON of `policy`; of both as one object where `masking` says anything, but for its key. */
  readonly policyInForce: KeptText
  /** The canonical JSON of the file as it is written, without secrets. */
  readonly configurationInForce: KeptText
  readonly limits: {
    readonly bodyBytes: number
    /** Of all requests together. */
    readonly bodiesBytes: number
    readonly drainMs: number
    /** How long a caller may take to send a request, and to read on in a reply. */
    readonly receiveMs: number
    readonly stallMs: number
    readonly connections: number
    /** How long a model server may take: to its first byte, between two, in all. */
    readonly upstreamMs: { readonly firstByte: number; readonly silence: number; readonly total: number }
  }
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' }
}

/** A text that entries name by its digest. */
export interface KeptText {
  readonly text: string
  /** SHA-256, in hex. */
  readonly digest: string
}

export interface ModelConfig {
  readonly name: string
  /** Names of the APIs that its server speaks. */
  readonly dialects: readonly string[]
  /** Base URL without a trailing slash. */
  readonly upstream: string
  /** The name to send upstream: its own, or the one that the file gives. */
  readonly upstreamModel: string
  /** How many tokens it takes. */
  readonly contextLength?: number
  /** One header, sent with every request upstream. */
  readonly credentials?: { readonly header: string; readonly value: string }
}

/** `models` and `groups` are names, or `['*']` alone. The first rule that names the model and a group decides. */
export interface PolicyRule {
  readonly rule: string
  readonly models: readonly string[]
  readonly groups: readonly string[]
  readonly mask: { readonly request: readonly string[]; readonly reply: readonly string[] }
}

/** The company's own detectors, and what found values leave as. */
export interface MaskingConfig {
  readonly detectors: { readonly [name: string]: OwnDetectorConfig }
  readonly mode: 'redact' | 'hash'
  /** By detector or family. */
  readonly modes: { readonly [name: string]: 'redact' | 'partial' | 'hash' }
  readonly hashKey?: string
}

/** Exactly one of `pattern`, `words` and `fields` says what it finds. */
export interface OwnDetectorConfig {
  readonly pattern?: string
  readonly after?: string
  readonly notAfter?: string
  readonly commit?: string
  readonly words?: readonly string[]
  readonly fields?: readonly string[]
  readonly ignoreCase: boolean
  readonly placeholder?: string
  readonly shown?: number
  readonly family: 'secrets' | 'personal'
  readonly examples?: { readonly found: readonly string[]; readonly not: readonly string[] }
}

/** The rules that are about a model, in the order in which they are tried. */
export function rulesAbout(policy: readonly PolicyRule[], model: string): readonly PolicyRule[] {
  return policy.filter(({ models }) => models.includes('*') || models.includes(model))
}
