// A witness, put together: its key and its state in a folder, and the port.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createKeyFile, readKeyFile } from '../adapters/sql/key-file.ts'
import { openWitnessState } from '../adapters/sql/sqlite/witness-state.ts'
import { cosignerOf, generateCosignerKey, type Cosigner } from '../audit/cosignature.ts'
import { verifierOf, type Verifier } from '../audit/note.ts'
import { SluiceError } from '../base/errors.ts'
import { systemClock } from '../base/clock.ts'
import { acceptRecovery, type AcceptedLoss } from '../witness/accept-recovery.ts'
import { serveWitness, type WitnessListeners } from '../witness/serve-witness.ts'
import { keyIn, textIn } from './ledger.ts'

export interface WitnessOptions extends WitnessListeners {
  /** Holds witness.key and witness.db; its last segment is created where it is missing. */
  readonly folder: string
  /** What the witness is called; needed once, when its key is made. */
  readonly name: string | undefined
  readonly host: string
  readonly port: number
  /** Verifier keys of the logs, or paths of files that hold them. */
  readonly logs: readonly string[]
  /** Path of the receipt by which a log tells what it lost: the witness goes on with it. */
  readonly acceptRecovery?: string | undefined
}

export interface RunningWitness {
  readonly port: number
  readonly vkey: string
  readonly origins: readonly string[]
  /** What it went along with; undefined where nothing was given, or nothing that it had cosigned is lost. */
  readonly accepted: AcceptedLoss | undefined
  stop(): Promise<void>
}

const KEY = 'The witness’s key'

/** It serves when this resolves. Rejects with ERR_USAGE, ERR_STORE or ERR_PORT_IN_USE. */
export async function startWitness(options: WitnessOptions): Promise<RunningWitness> {
  const vkeys = options.logs.map((log) => keyIn(log, '--log'))
  const logs = byOrigin(vkeys.map(verifierOf))
  const receipt = options.acceptRecovery === undefined ? undefined : textIn(options.acceptRecovery)
  makeFolder(options.folder)
  const path = join(options.folder, 'witness.db')
  if (existsSync(join(options.folder, 'witness.key')) && !existsSync(path)) throw forgotten(path)
  // The state's lock comes first: of two that start at once, one makes the key.
  const state = openWitnessState(path)
  try {
    const cosigner = openCosigner(join(options.folder, 'witness.key'), options.name)
    const witness = { cosigner, logs, state, now: () => systemClock.now() }
    const accepted = receipt === undefined ? undefined : acceptRecovery(witness, vkeys, receipt)
    const served = await serveWitness(witness, options, options).catch((cause: unknown) => {
      throw notListening(cause, options)
    })
    return {
      port: served.port,
      vkey: cosigner.vkey,
      origins: [...logs.keys()],
      accepted,
      async stop() {
        await served.stop()
        state.close()
      },
    }
  } catch (thrown) {
    state.close()
    throw thrown
  }
}

function byOrigin(verifiers: readonly Verifier[]): Map<string, Verifier[]> {
  const logs = new Map<string, Verifier[]>()
  for (const verifier of verifiers) logs.set(verifier.name, [...(logs.get(verifier.name) ?? []), verifier])
  return logs
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    throw new SluiceError('ERR_STORE', `The folder ${folder} can't be created (${code}).`, { cause })
  }
}

function openCosigner(path: string, name: string | undefined): Cosigner {
  const cosigner = readKeyFile(path, KEY, cosignerOf)
  if (cosigner && (name === undefined || name === cosigner.name)) return cosigner
  if (cosigner) {
    throw new SluiceError('ERR_USAGE', `The witness in ${path} is called ${cosigner.name}.`, {
      nextSteps: ['Leave out --name, or name another folder: --dir'],
    })
  }
  if (name === undefined || !/^[^+\s]+$/.test(name)) {
    throw new SluiceError('ERR_USAGE', 'A new witness needs a name, without white space and plus signs.', {
      nextSteps: ['Give it one that nobody else has: --name witness.example.com/w1'],
    })
  }
  createKeyFile(path, KEY, generateCosignerKey(name))
  return openCosigner(path, name)
}

// What this key has cosigned is not known any more: it would vouch for another history, too.
function forgotten(path: string): SluiceError {
  return new SluiceError('ERR_STORE', `The witness’s state is missing: ${path}.`, {
    nextSteps: [
      'Put it back where it is only misplaced: never an older copy.',
      'Where it is lost, make a new witness, with a new name: --dir, --name',
    ],
  })
}

function notListening(cause: unknown, { host, port }: WitnessOptions): unknown {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    const message = `Port ${port} on ${host} is in use by another program.`
    return new SluiceError('ERR_PORT_IN_USE', message, { cause, nextSteps: ['Name another: --listen'] })
  }
  return new SluiceError('ERR_USAGE', `The witness can't listen on ${host}:${port} (${code}).`, { cause })
}
