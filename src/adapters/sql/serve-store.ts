// The store's thread, whatever the engine: commits batches one after the other, finds out what became of one whose
// commit failed, and answers questions.
import type { MessagePort } from 'node:worker_threads'
import { asSluiceError, SluiceError } from '../../base/errors.ts'
import type { Answers, Batch, Committed, Failure, FromStore, Head, Question, ToStore } from './messages.ts'
import { Diverged } from './stored-tree.ts'

export interface Engine {
  readonly vkey: string
  /** Where the ledger stood at the last acknowledgement. */
  readonly head: Head
  /** Writes the batch in one transaction. Where this throws, its fate is unknown. */
  commit(batch: Batch): Committed | Promise<Committed>
  /**
   * Looks under a new fence at what is durable: where the batch stands, or undefined where nothing of it is there. Throws
   * Diverged or ERR_LEDGER_INVALID where the store does not extend what was acknowledged; anything else: not known yet.
   */
  recover(batch: Batch): Committed | undefined | Promise<Committed | undefined>
  answer(question: Question): Answers[Question['ask']] | Promise<Answers[Question['ask']]>
  /** Keeps the latch across restarts (latch-file.ts). `acknowledged`: by default the head. */
  latch(reason: string, found: string, acknowledged?: string): void
  close(): void | Promise<void>
  /** Completes "the store can't be written:". */
  why(thrown: unknown): string
}

export type OpenEngine = (
  opening: ToStore & { kind: 'open' },
  say: (message: FromStore) => void,
) => Engine | Promise<Engine>

const RETRY_MS = 500
/** A batch that fails so often while the store is well is refused: the fault is its own. */
const ATTEMPTS = 3

/** Serves one store to the thread at the other end of `port`. */
export function serveStore(port: MessagePort, openEngine: OpenEngine): void {
  let engine: Engine | undefined
  let abandoned = false
  let closing = false
  const say = (message: FromStore): void => port.postMessage(message)

  port.on('message', async (message: ToStore) => {
    if (message.kind === 'open') {
      try {
        engine = await openEngine(message, say)
        say({ kind: 'opened', vkey: engine.vkey, head: engine.head })
      } catch (thrown) {
        say({ kind: 'refused', failure: failureOf(thrown) })
        port.close()
      }
    } else if (message.kind === 'abandon') abandoned = true
    else if (message.kind === 'close') {
      closing = true
      await engine?.close()
      say({ kind: 'closed' })
      port.close()
    } else if (engine && message.kind === 'commit') {
      abandoned = false
      const settled = await settle(engine, message.batch)
      if (settled) say(settled)
    } else if (engine && message.kind === 'ask') say(await answers(engine, message.questions))
  })

  async function settle(engine: Engine, batch: Batch): Promise<FromStore | undefined> {
    for (let attempt = 1; ; attempt++) {
      let reason: string
      try {
        return { kind: 'committed', ...(await engine.commit(batch)) }
      } catch (thrown) {
        reason = engine.why(thrown)
      }
      say({ kind: 'undecided', reason })
      const found = await decide(engine, batch)
      if (found !== 'absent') return found
      if (abandoned || attempt === ATTEMPTS) return { kind: 'rejected', reason, head: engine.head }
    }
  }

  /** Asks until the batch's fate is known. */
  async function decide(engine: Engine, batch: Batch): Promise<FromStore | 'absent' | undefined> {
    while (!closing) {
      try {
        const found = await engine.recover(batch)
        return found ? { kind: 'committed', ...found } : 'absent'
      } catch (thrown) {
        if (isDiverged(thrown)) {
          return { kind: 'latched', reason: latched(engine, thrown) }
        }
        say({ kind: 'undecided', reason: engine.why(thrown) })
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
    return undefined
  }

  async function answers(
    engine: Engine,
    questions: readonly { readonly id: number; readonly question: Question }[],
  ): Promise<FromStore> {
    const answers = questions.map(async ({ id, question }) => {
      try {
        return { id, value: await engine.answer(question) }
      } catch (thrown) {
        const known = thrown instanceof SluiceError || thrown instanceof RangeError
        const failure = known ? failureOf(thrown) : failureOf(unanswered(engine.why(thrown)))
        return { id, failure }
      }
    })
    return { kind: 'answers', answers: await Promise.all(answers) }
  }
}

/** Why nothing is written any more. This run stays latched whether or not that can be kept for the next one. */
function latched(engine: Engine, thrown: Error): string {
  const diverged = thrown instanceof Diverged ? thrown : undefined
  try {
    engine.latch(thrown.message, diverged?.note ?? '', diverged?.acknowledged)
    return thrown.message
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    return `${thrown.message}; that could not be kept beside its key (${code}): do not start it again before that is looked into`
  }
}

/** A store that is away for a moment is no fault of the gateway's: who asked may ask again. */
function unanswered(why: string): SluiceError {
  return new SluiceError('ERR_STORE', `The store can't answer: ${why}.`, { status: 503 })
}

function isDiverged(thrown: unknown): thrown is Error {
  return thrown instanceof Diverged || (thrown instanceof SluiceError && thrown.code === 'ERR_LEDGER_INVALID')
}

function failureOf(thrown: unknown): Failure {
  const error =
    thrown instanceof RangeError ? new SluiceError('ERR_STORE', thrown.message) : asSluiceError(thrown)
  return { code: error.code, message: error.message, nextSteps: error.nextSteps, status: error.status }
}
