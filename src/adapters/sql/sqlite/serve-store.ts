// The store's thread: opens the database, then commits batches and answers questions in the order in which they come.
import { join } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import { clockFault } from '../../../audit/clock-check.ts'
import { asSluiceError, SluiceError } from '../../../base/errors.ts'
import { openSigner } from '../signing-key.ts'
import type { Failure, FromStore, ToStore } from './messages.ts'
import { newestTime, openDatabase } from './open-database.ts'
import type { OpenDatabase } from './open-database.ts'
import { Reader } from './reader.ts'
import { reasonOf } from './reasons.ts'
import { Sequencer } from './sequencer.ts'
import type { AroundCommit } from './sequencer.ts'

interface OpenStore {
  readonly database: OpenDatabase
  readonly sequencer: Sequencer
  readonly reader: Reader
}

/** Serves one store to the thread at the other end of `port`. `aroundCommit` is where tests make commits fail. */
export function serveStore(port: MessagePort, aroundCommit: AroundCommit = (commit) => commit()): void {
  let store: OpenStore | undefined
  const say = (message: FromStore) => port.postMessage(message)

  port.on('message', (message: ToStore) => {
    if (message.kind === 'open') {
      try {
        const opened = open(message, aroundCommit)
        store = opened.store
        say({ kind: 'opened', vkey: opened.vkey, head: store.sequencer.head })
      } catch (thrown) {
        say({ kind: 'refused', failure: failureOf(thrown) })
        port.close()
      }
    } else if (message.kind === 'close') {
      store?.database.close()
      say({ kind: 'closed' })
      port.close()
    } else if (store) {
      say(message.kind === 'commit' ? commit(store, message) : answer(store, message))
    }
  })
}

function open(message: ToStore & { kind: 'open' }, aroundCommit: AroundCommit) {
  const { folder, origin, now, anyClock } = message
  const database = openDatabase(folder)
  try {
    const signer = openSigner(join(folder, 'ledger.key'), origin, begun(database, origin))
    if (begun(database, origin) === 'unserved') database.db.exec('DELETE FROM checkpoint')
    const sequencer = new Sequencer(database, signer, aroundCommit)
    const fault = anyClock ? undefined : clockFault(now, newestTime(database.db))
    if (fault) throw fault
    // A disk that is full is better found now than by the first request.
    database.db.exec('UPDATE checkpoint SET note = note')
    sequencer.interruptOpenExchanges(now)
    return { store: { database, sequencer, reader: new Reader(database) }, vkey: signer.vkey }
  } catch (thrown) {
    database.close()
    if (thrown instanceof SluiceError) throw thrown
    const { why, nextStep } = reasonOf(thrown, folder)
    throw new SluiceError('ERR_STORE', `The store in ${folder} can't be used: ${why}.`, {
      cause: thrown,
      nextSteps: [nextStep],
    })
  }
}

// A start that failed before its first entry, such as one whose port was taken, binds the store to no address.
function begun({ db }: OpenDatabase, origin: string): 'new' | 'unserved' | 'existing' {
  const note = db.prepare('SELECT note FROM checkpoint').pluck().get() as string | undefined
  if (note === undefined) return 'new'
  const [name, size] = note.split('\n')
  const empty = size === '0' && db.prepare('SELECT 1 FROM leaf').get() === undefined
  return empty && name !== origin ? 'unserved' : 'existing'
}

function commit(store: OpenStore, message: ToStore & { kind: 'commit' }): FromStore {
  try {
    return { kind: 'committed', head: store.sequencer.commit(message.batch) }
  } catch (thrown) {
    return { kind: 'latched', reason: reasonOf(thrown).why }
  }
}

function answer(store: OpenStore, message: ToStore & { kind: 'ask' }): FromStore {
  const answers = message.questions.map(({ id, question }) => {
    try {
      return { id, value: store.reader.answer(question, store.sequencer.head.size) }
    } catch (thrown) {
      return { id, failure: failureOf(thrown) }
    }
  })
  return { kind: 'answers', answers }
}

function failureOf(thrown: unknown): Failure {
  const error =
    thrown instanceof SluiceError || !(thrown instanceof Error)
      ? asSluiceError(thrown)
      : new SluiceError('ERR_STORE', `The store can't answer: ${reasonOf(thrown).why}.`)
  return { code: error.code, message: error.message, nextSteps: error.nextSteps }
}
