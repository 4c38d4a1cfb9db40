// What a client remembers of its gateways. Never a secret: those are in the keychain.
import { SluiceError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'

export interface GatewayRecord {
  /** The gateway's origin; also its name. */
  readonly url: string
  readonly issuer: string
  /** The ledger's name and public key, pinned at the first login. */
  readonly ledger: { readonly origin: string; readonly vkey: string }
  /** Who is signed in, and until when (RFC 3339); absent when signed out. */
  readonly subject?: { readonly id: string; readonly name: string }
  readonly signInExpiresAt?: string
  /** Where this gateway's secret is kept. Once it was `keychain`, a file is used only when asked for. */
  readonly keychain?: 'keychain' | 'file'
  /** Path of a PEM file with the company's certificate authority. */
  readonly ca?: string
  /** The newest checkpoint that this client has verified: a signed note. */
  readonly pin?: string
  /** When, by this machine's clock, put right where the gateway's has shown it to be ahead (RFC 3339). */
  readonly pinnedAt?: string
  /** Losses that whoever is here was told of and went along with: entries from `restored` on, below `lost`. */
  readonly recovered?: readonly AcceptedLoss[]
  /** Names of the models that the gateway last said may be used: for completion alone. */
  readonly models?: readonly string[]
  /** The port that is a model's own: tools keep it in their settings. */
  readonly ports?: { readonly [model: string]: number }
  /** The port that a model's tunnel last had: its own, or one that stood in for it. */
  readonly lastPorts?: { readonly [model: string]: number }
  /** Names of the APIs that a model was reached by when its tunnel was last opened: `env` sets variables for them. */
  readonly dialects?: { readonly [model: string]: readonly string[] }
}

export interface AcceptedLoss {
  /** The entry that tells of it, and its time. */
  readonly entry: number
  readonly time: string
  readonly restored: number
  readonly lost: number
  /** What was pinned until then, where that is lost: a signed note, the evidence. */
  readonly pin?: string
}

export interface ClientState {
  readonly v: 1
  /** The gateway that commands mean when none is named. */
  readonly current?: string
  readonly gateways: { readonly [url: string]: GatewayRecord }
}

export interface ClientStateStore {
  /** The state as it stands; an empty one before the first login. Rejects with ERR_STORE when it can't be read. */
  load(): Promise<ClientState>
  /** Applies a change to the newest state, one process at a time; the change is on disk when this resolves. */
  update(change: (state: ClientState) => ClientState): Promise<ClientState>
}

/** The state with one gateway's record changed; what is set to undefined is left out. */
export function withGateway(
  state: ClientState,
  url: string,
  change: { readonly [K in keyof GatewayRecord]?: GatewayRecord[K] | undefined },
): ClientState {
  const merged = { ...state.gateways[url], ...change }
  const record = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined))
  return { ...state, gateways: { ...state.gateways, [url]: record as unknown as GatewayRecord } }
}

/** The gateway that is meant: the one named (by URL or host), else the current one. Throws ERR_NOT_SIGNED_IN or ERR_USAGE. */
export function chooseGateway(state: ClientState, wanted?: string): GatewayRecord {
  const known = Object.values(state.gateways)
  if (wanted !== undefined) {
    const name = wanted.replace(/\/+$/, '')
    const found = known.find(({ url }) => url === name || url.replace(/^https?:\/\//, '') === name)
    if (found) return found
    const near = nearest(
      name,
      known.flatMap(({ url }) => [url, url.replace(/^https?:\/\//, '')]),
    )
    const meant = near === undefined ? '.' : `; did you mean ${near}?`
    throw new SluiceError('ERR_NOT_SIGNED_IN', `You have never signed in at ${wanted}${meant}`, {
      nextSteps: [
        `sluice login ${wanted}`,
        ...(known.length > 0 ? ['sluice use, to list those that you know'] : []),
      ],
    })
  }
  const current =
    state.current === undefined || !Object.hasOwn(state.gateways, state.current)
      ? undefined
      : state.gateways[state.current]
  if (current) return current
  if (known.length === 0) {
    throw new SluiceError('ERR_NOT_SIGNED_IN', 'You are not signed in.', { nextSteps: ['sluice login URL'] })
  }
  throw new SluiceError('ERR_USAGE', 'No gateway is in use.', {
    nextSteps: known.map(({ url }) => `sluice use ${url}`),
  })
}
