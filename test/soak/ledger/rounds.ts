// SIGKILL with appends in flight, round after round on one ledger: what was acknowledged is there, once, under its index.
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { openCheckpoint } from '../../../src/audit/checkpoint.ts'
import type { EntryLog } from '../../../src/audit/log.ts'
import { Frontier, leafHash, verifyConsistency } from '../../../src/audit/merkle.ts'
import { verifierOf } from '../../../src/audit/note.ts'
import { until } from '../../support/until.ts'

const script = fileURLToPath(new URL('../../faults/append-until-killed.ts', import.meta.url))

/** So often, in all, nothing may come of waiting (until.ts), on a machine that has other work. */
const MOST_IDLE = 5

/** A process that appends 64 at a time until it is killed. */
export class Appender {
  /** Exchange by index, as acknowledged. */
  readonly acknowledged = new Map<number, string>()
  readonly wrong: string[] = []
  private readonly child: ChildProcess
  private readonly closed: Promise<void>
  private killed = false
  private rest = ''

  constructor(where: readonly string[]) {
    const [place = '', keyPath = ''] = where
    this.child = spawn(process.execPath, [script, place, 'Infinity', '64', keyPath], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.closed = new Promise((resolve) => {
      this.child.once('close', (code) => {
        if (!this.killed) this.wrong.push(`a gateway ended by itself, with ${code}`)
        resolve()
      })
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.take(text))
  }

  /** Resolves once so many were acknowledged in all: however long it takes, as long as there are ever more. */
  async reaches(count: number): Promise<void> {
    const ended = () => this.child.exitCode !== null || this.child.signalCode !== null
    for (let idle = 0; this.acknowledged.size < count && !ended();) {
      const before = this.acknowledged.size
      // Others that append, and end what the dead have left, may hold up one that has just begun.
      await until('another append is acknowledged', () => this.acknowledged.size > before || ended()).catch(
        (thrown: unknown) => {
          if (++idle === MOST_IDLE) throw thrown
        },
      )
    }
  }

  async kill(): Promise<void> {
    this.killed = true
    this.child.kill('SIGKILL')
    await this.closed
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n')
    this.rest = lines.pop() ?? ''
    for (const line of lines) {
      const [index = '', exchange = ''] = line.split(' ')
      if (this.acknowledged.has(Number(index))) this.wrong.push(`index ${index} was given twice`)
      this.acknowledged.set(Number(index), exchange)
    }
  }
}

export interface Kept {
  readonly acknowledged: Map<number, string>
  readonly wrong: string[]
  before: { readonly size: number; readonly root: Uint8Array } | undefined
}

/** Adds what an appender was told, which nobody else may have been told. */
export function keep(kept: Kept, { acknowledged, wrong }: Appender): void {
  kept.wrong.push(...wrong)
  for (const [index, exchange] of acknowledged) {
    if (kept.acknowledged.has(index)) kept.wrong.push(`index ${index} was given twice`)
    kept.acknowledged.set(index, exchange)
  }
}

/** Looks through the whole ledger; what is wrong with it is added. Resolves with its size. */
export async function lookThrough(kept: Kept, log: EntryLog, vkey: string): Promise<number> {
  const note = await log.checkpoint()
  const checkpoint = openCheckpoint(note, verifierOf(vkey))
  if (!checkpoint) throw new Error('the checkpoint did not open')
  const { size, root } = checkpoint
  const entries = await log.read({ from: 0, below: size, limit: size })
  const say = (what: string): void => void kept.wrong.push(`at ${size} entries: ${what}`)
  if (entries.some(({ index }, at) => index !== at) || entries.length !== size) say('there is a gap')
  const tree = new Frontier()
  for (const { text } of entries) tree.append(leafHash(text))
  if (Buffer.compare(tree.root(), root) !== 0) say('the checkpoint signs another tree')
  const exchanges = entries.map(({ text }) => JSON.parse(text) as { kind: string; exchange: string })
  for (const [index, exchange] of kept.acknowledged)
    if (exchanges[index]?.exchange !== exchange) say(`${index} was acknowledged, and is not there`)
  for (const kind of ['decision', 'outcome']) {
    const of = exchanges.filter((entry) => entry.kind === kind)
    if (new Set(of.map(({ exchange }) => exchange)).size !== of.length) say(`a ${kind} is there twice`)
  }
  const { before } = kept
  if (before && before.size > 0) {
    const claim = { from: before.size, fromRoot: before.root, to: size, toRoot: root }
    if (!verifyConsistency(claim, await log.consistency(before.size, size)))
      say('it does not extend the one before')
  }
  kept.before = checkpoint
  return size
}
