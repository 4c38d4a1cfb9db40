// Cosignatures for the ledger's checkpoints: witnesses are asked after commits, some times a minute, and nobody waits for them.
import type { Logger } from 'pino'
import { openNote } from '../audit/note.ts'
import { statedSize } from '../audit/checkpoint.ts'
import type { EntryLog } from '../audit/log.ts'
import type { CosignedNotes } from '../audit/published.ts'
import type { Records } from '../identity/records.ts'
import type { Metrics } from './metrics.ts'
import { submitCheckpoint } from './submission.ts'
import type { Submitted, WitnessPort } from './submission.ts'

export interface CosigningParts {
  readonly log: Pick<EntryLog, 'checkpoint' | 'consistency' | 'onCommit'>
  readonly records: Pick<Records, 'get' | 'put'>
  readonly witnesses: readonly WitnessPort[]
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly metrics: Pick<Metrics, 'witness'>
  /** At most once in so many milliseconds; tests ask more often. */
  readonly everyMs?: number
}

export interface Cosigning {
  /** The newest cosigned notes, as they are served. */
  readonly notes: CosignedNotes
  /** Asks no more; resolves once what was asked is over. */
  stop(): Promise<void>
}

/** What is known of one witness. */
interface Known {
  readonly witness: WitnessPort
  /** The newest note that it cosigned, with its line alone beside the log's. */
  note: string | undefined
  /** Size of that. */
  size: number
  state: 'new' | 'cosigned' | Exclude<Submitted['kind'], 'cosigned'>
  /** Rounds in a row without a cosignature. */
  failures: number
  /** Not asked before (performance.now()). */
  notBefore: number
}

const KIND = 'cosigned'
const EVERY_MS = 1_000
const ANSWER_MS = 5_000
const LONGEST_WAIT_MS = 60_000
// Of several gateways another may have submitted what this one is about to hear of.
const AHEAD_AT_FIRST = 3

export async function startCosigning(parts: CosigningParts): Promise<Cosigning> {
  const { log, everyMs = EVERY_MS } = parts
  const known = await Promise.all(parts.witnesses.map((witness) => readKnown(parts, witness)))
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let round = Promise.resolve()
  let isRunning = false
  let last = -Infinity

  function schedule(): void {
    if (isRunning || timer || stopping.signal.aborted) return
    const now = performance.now()
    const soonest = Math.min(...known.map(({ notBefore }) => notBefore))
    timer = setTimeout(run, Math.max(0, last + everyMs - now, soonest - now)).unref()
  }

  function run(): void {
    timer = undefined
    isRunning = true
    last = performance.now()
    // What fails here is the store's own reading or writing: the next round tries again.
    round = ask()
      .catch(() => true)
      .then((isMore) => {
        isRunning = false
        if (isMore) schedule()
      })
  }

  /** Whether there is more to ask for already. */
  async function ask(): Promise<boolean> {
    const note = await log.checkpoint()
    const size = statedSize(note)
    const due = known.filter((one) => one.size !== size && one.notBefore <= performance.now())
    await Promise.all(due.map((one) => askOne(parts, one, note, stopping.signal)))
    const newest = statedSize(await log.checkpoint())
    return known.some((one) => one.size !== newest)
  }

  const stopListening = known.length > 0 ? log.onCommit(schedule) : () => undefined
  if (known.length > 0) schedule()
  return {
    notes: (witness) => newestOf(known, witness),
    async stop() {
      stopListening()
      stopping.abort()
      clearTimeout(timer)
      await round
    },
  }
}

async function readKnown({ records, metrics }: CosigningParts, witness: WitnessPort): Promise<Known> {
  const { id, name } = witness.verifier
  const record = (await records.get(KIND, id)) as { readonly note?: string } | undefined
  const note = record?.note
  const size = note === undefined ? 0 : statedSize(note)
  metrics.witness(name, { size, isCosigning: false, isContradicted: false })
  return { witness, note, size, state: 'new', failures: 0, notBefore: -Infinity }
}

async function askOne(
  parts: CosigningParts,
  known: Known,
  note: string,
  stopping: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(ANSWER_MS)])
  const answer = await submitCheckpoint(known.witness, parts.log, note, known.size, signal)
  if (stopping.aborted && answer.kind !== 'cosigned') return
  if (answer.kind === 'cosigned') {
    const cosigned = `${note}${answer.line}\n`
    await keep(parts.records, known.witness.verifier.id, cosigned)
    known.note = cosigned
    known.size = answer.size
    known.failures = 0
    known.notBefore = -Infinity
  } else {
    known.failures++
    known.notBefore = performance.now() + Math.min(LONGEST_WAIT_MS, 500 * 2 ** known.failures)
  }
  // A gateway that was not told yet of the others' commits is behind for a moment.
  if (answer.kind === 'ahead' && known.failures < AHEAD_AT_FIRST) return
  tell(parts, known, answer)
}

/** Another gateway may have kept a newer one meanwhile. */
async function keep(records: CosigningParts['records'], id: string, note: string): Promise<void> {
  const record = (await records.get(KIND, id)) as { readonly note: string } | undefined
  if (!record || statedSize(record.note) < statedSize(note)) await records.put(KIND, id, { note })
}

/** One line where something has changed. */
function tell({ logger, metrics }: CosigningParts, known: Known, answer: Submitted): void {
  const { name } = known.witness.verifier
  const isContradicted = answer.kind === 'contradicted' || answer.kind === 'ahead'
  metrics.witness(name, { size: known.size, isCosigning: answer.kind === 'cosigned', isContradicted })
  const before = known.state
  known.state = answer.kind
  if (before === answer.kind) return
  if (answer.kind === 'cosigned') {
    logger.info({ witness: name, size: known.size }, 'the witness cosigns')
  } else if (answer.kind === 'away' || answer.kind === 'refused') {
    logger.warn({ witness: name, size: known.size, reason: answer.why }, 'the witness does not cosign')
  } else {
    logger.error(
      { code: 'ERR_LEDGER_INVALID', witness: name, size: answer.size },
      answer.kind === 'ahead'
        ? `ROLLED BACK: the witness has cosigned ${answer.size} entries of this ledger, and it holds fewer`
        : `FORKED: the witness has cosigned ${answer.size} entries that this ledger does not begin with`,
    )
  }
}

/** The newest note that the witness has cosigned; without one named, the newest of all, with all cosignatures on it. */
function newestOf(known: readonly Known[], id: string | undefined): string | undefined {
  if (id !== undefined) return known.find(({ witness }) => witness.verifier.id === id)?.note
  const [newest, ...others] = known
    .flatMap(({ note, size }) => (note === undefined ? [] : [{ note, size }]))
    .toSorted((a, b) => b.size - a.size)
  if (!newest) return undefined
  const text = openNote(newest.note)?.text
  const lines = others.flatMap(({ note }) => {
    const opened = openNote(note)
    return opened?.text === text ? (opened?.signatures ?? []).slice(-1) : []
  })
  return `${newest.note}${lines.map(({ line }) => `${line}\n`).join('')}`
}
