// A ledger to verify or to copy, put together: its files, at a gateway or in a folder, and what this machine knows of it.
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { filesIn } from '../adapters/ledger-folder/ledger-folder.ts'
import { bundleThreads } from '../adapters/worker-threads/bundle-threads.ts'
import { readCheckpoint } from '../audit/checkpoint.ts'
import { cosignatureVerifier, type CosignatureVerifier } from '../audit/cosignature.ts'
import { verifierOf } from '../audit/note.ts'
import { cosignedPath, type LedgerFiles, RECOVERIES, ROTATIONS } from '../audit/published.ts'
import { recoveriesIn } from '../audit/recovery-receipts.ts'
import { keysFrom } from '../audit/rotation.ts'
import { fault } from '../audit/verify/fault.ts'
import type { Anchor, Trust } from '../audit/verify/trust.ts'
import { witnessedAnchor, type WitnessedAnchor } from '../audit/verify/witnessed.ts'
import { verifyLedger } from '../audit/verify/verify-ledger.ts'
import type { VerifiedLedger, VerifyOptions } from '../audit/verify/verify-ledger.ts'
import { SluiceError } from '../base/errors.ts'
import type { GatewayRecord } from '../login/client-state.ts'
import { type Client, clientState, openClient } from './client.ts'
import { type LedgerChanges, withNewestKey } from './ledger-key.ts'
import { pinner } from './pin.ts'

export interface LedgerChoice {
  /** The gateway that is meant, where no folder is. */
  readonly gateway?: string | undefined
  readonly folder?: string | undefined
  /** The key's text, or the path of a file that holds it. */
  readonly vkey?: string | undefined
  /** Paths of files with checkpoints of this ledger. */
  readonly checkpoints?: readonly string[] | undefined
  /** Keys of witnesses, or paths of files that hold them: each must have cosigned what the ledger extends. */
  readonly witnesses?: readonly string[] | undefined
  /** Told where the ledger is not as it was known here. */
  readonly changes: LedgerChanges
}

export interface LedgerAtHand {
  readonly files: LedgerFiles
  readonly trust: Trust
  /** Those of the anchors that witnesses have cosigned. */
  readonly witnessed: readonly WitnessedAnchor[]
  /** What it is verified at: the gateway's address, or the folder. */
  readonly place: string
  /** Keeps a verified checkpoint as this machine's pin of the gateway, where it comes from one. */
  pin(note: string): Promise<void>
}

/**
 * Rejects with ERR_USAGE for a folder, key or checkpoint that is none, ERR_LEDGER_UNANCHORED where a witness has cosigned
 * nothing of it, and ERR_NOT_SIGNED_IN where a gateway is meant and nobody is.
 */
export async function ledgerAtHand(choice: LedgerChoice): Promise<LedgerAtHand> {
  const vkey = choice.vkey === undefined ? undefined : keyIn(choice.vkey)
  const given = (choice.checkpoints ?? []).map((path) => ({ note: textIn(path), source: `in ${path}` }))
  if (choice.folder !== undefined) {
    const files = await filesIn(choice.folder)
    const known = await knownLedger(files, vkey)
    const witnessed = await witnessedAnchors(files, choice.witnesses)
    const keys = await keysAt(files, vkey ?? known?.ledger.vkey)
    const recovered = await recoveredAt(files, keys, choice.changes)
    const trust = { ...keys, recovered, anchors: [...given, ...witnessed, ...pinOf(known)] }
    return { files, trust, witnessed, place: choice.folder, pin: async () => undefined }
  }
  const client = await withNewestKey(await openClient({ gateway: choice.gateway }), choice.changes)
  const { gateway } = client
  // A key that is given stands in for the one pinned, whose checkpoints are then of another ledger.
  const files = gatewayFiles(client)
  const keys = await keysAt(files, vkey ?? gateway.ledger.vkey)
  const isPinned = keys.vkey === gateway.ledger.vkey
  // Before the checkpoint is read, which then covers them.
  const witnessed = await witnessedAnchors(files, choice.witnesses)
  const anchors = [...given, ...witnessed, ...(isPinned ? pinOf(gateway) : [])]
  return {
    files,
    trust: { ...keys, recovered: await recoveredAt(files, keys, choice.changes), anchors },
    witnessed,
    place: client.gatewayUrl,
    async pin(note) {
      if (!isPinned) return
      const pin = pinner(client)
      pin.offer(note)
      await pin.flush()
    },
  }
}

/** verifyLedger, with the bundles hashed by as many threads as there are cores. */
export async function verifyInThreads(options: Omit<VerifyOptions, 'check'>): Promise<VerifiedLedger> {
  const start = (): Worker => new Worker(new URL('./bundle-worker.ts', import.meta.url))
  const threads = bundleThreads(start, Math.max(1, Math.min(4, availableParallelism())))
  try {
    return await verifyLedger({ ...options, check: threads.check })
  } finally {
    await threads.close()
  }
}

/** The verifier key in the text, or in the file that it names. Throws ERR_USAGE where it is none. */
export function keyIn(textOrPath: string, flag = '--vkey'): string {
  const text = keyTextIn(textOrPath, flag)
  try {
    verifierOf(text)
    return text.trim()
  } catch (cause) {
    throw new SluiceError('ERR_USAGE', `${flag} is no verifier key.`, {
      cause,
      nextSteps: ['Give it as the gateway prints it at its start: name+hash+key, or a file that holds it.'],
    })
  }
}

/** A witness's key, in the text or in the file that it names. Throws ERR_USAGE where it is none. */
export function witnessKeyIn(textOrPath: string): CosignatureVerifier {
  const text = keyTextIn(textOrPath, '--witness')
  try {
    return cosignatureVerifier(text)
  } catch (cause) {
    throw new SluiceError('ERR_USAGE', '--witness is no witness’s key.', {
      cause,
      nextSteps: ['Give it as sluice audit witness prints it: name+hash+key, or a file that holds it.'],
    })
  }
}

function keyTextIn(textOrPath: string, flag: string): string {
  if (/\+[0-9a-f]{8}\+/.test(textOrPath)) return textOrPath
  if (existsSync(textOrPath)) return textIn(textOrPath)
  throw new SluiceError('ERR_USAGE', `${flag} is neither a key nor a file: ${textOrPath}.`, {
    nextSteps: ['A key reads name+hash+key; give it so, or a file that holds it.'],
  })
}

/** What is in the file; 0 is stdin. Throws ERR_USAGE. */
export function textIn(path: string | 0): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    throw new SluiceError('ERR_USAGE', `${path === 0 ? 'Stdin' : path} can't be read (${code}).`, {
      cause,
      nextSteps: ['Is it the right path?'],
    })
  }
}

/** The gateway of this machine's whose ledger it is: by the key where one is given, else by the name that it gives itself. */
async function knownLedger(files: LedgerFiles, vkey: string | undefined): Promise<GatewayRecord | undefined> {
  const bytes = await files('checkpoint')
  const stated = bytes && readCheckpoint(Buffer.from(bytes).toString())
  const { gateways } = await clientState().load()
  return Object.values(gateways).find(({ ledger }) =>
    vkey === undefined ? ledger.origin === stated?.origin : ledger.vkey === vkey,
  )
}

/** The newest key that the one known leads to, and the rotations between all that the ledger had. */
async function keysAt(
  files: LedgerFiles,
  known: string | undefined,
): Promise<Pick<Trust, 'vkey' | 'rotations'>> {
  if (known === undefined) return {}
  const { vkey, before, since } = keysFrom(known, await textsIn(files, ROTATIONS))
  return { vkey, rotations: [...before, ...since] }
}

async function recoveredAt(
  files: LedgerFiles,
  keys: Pick<Trust, 'vkey' | 'rotations'>,
  { onRecovery }: LedgerChanges,
): Promise<NonNullable<Trust['recovered']>> {
  const recoveries = recoveriesIn(await textsIn(files, RECOVERIES), keysOf(keys))
  return { recoveries, confirm: onRecovery }
}

/** Keys that the ledger has and had. */
export function keysOf({ vkey, rotations = [] }: Pick<Trust, 'vkey' | 'rotations'>): readonly string[] {
  return vkey === undefined ? [] : [vkey, ...rotations.map(({ from }) => from)]
}

/** The receipts in the file; none where it is not there. Rejects with ERR_LEDGER_INVALID where it is no list. */
export async function textsIn(
  files: LedgerFiles,
  path: typeof ROTATIONS | typeof RECOVERIES,
): Promise<readonly string[]> {
  const bytes = await files(path)
  try {
    const texts: unknown = bytes ? JSON.parse(Buffer.from(bytes).toString()) : []
    if (Array.isArray(texts) && texts.every((text) => typeof text === 'string')) return texts
  } catch {
    // told below
  }
  throw fault('other-key', `what is in ${path} is no list`)
}

async function witnessedAnchors(
  files: LedgerFiles,
  keys: readonly string[] = [],
): Promise<WitnessedAnchor[]> {
  const anchors: WitnessedAnchor[] = []
  for (const key of keys) {
    const cosigned = async (witness?: string) => {
      const bytes = await files(cosignedPath(witness))
      return bytes && Buffer.from(bytes).toString()
    }
    anchors.push(await witnessedAnchor(witnessKeyIn(key), cosigned))
  }
  return anchors
}

function pinOf(gateway: GatewayRecord | undefined): Anchor[] {
  if (gateway?.pin === undefined) return []
  const { pin: note, pinnedAt } = gateway
  const time = pinnedAt === undefined ? {} : { time: Date.parse(pinnedAt) }
  return [{ note, source: 'pinned on this machine', ...time }]
}

function gatewayFiles(client: Client): LedgerFiles {
  return async (path) => {
    try {
      // There are many of them: a connection each would cost more than they do.
      const response = await client.fetch(`/ledger/${path}`, { headers: { connection: 'keep-alive' } })
      return new Uint8Array(await response.arrayBuffer())
    } catch (thrown) {
      if (thrown instanceof SluiceError && thrown.code === 'ERR_NOT_FOUND') return undefined
      throw thrown
    }
  }
}
