// The thread that reads: one document at a time, in one go, for whoever is at the other end of the port.
import type { MessagePort } from 'node:worker_threads'
import { asSluiceError } from '../../base/errors.ts'
import { Blocks } from '../../gateway/blocks.ts'
import type { Documents, Lifetime, RequestDocument } from '../../gateway/documents.ts'
import { whereOf } from '../../gateway/failure.ts'
import type { Answers, Failure, FromReader, Question, ToReader } from './messages.ts'

// Who asks has the exchange; here nothing is left of it but the document.
const UNTIL: Lifetime = { signal: new AbortController().signal, whenOver: () => undefined }

export function serveReader(port: MessagePort, documents: Documents): void {
  let document: RequestDocument | undefined

  const answer = async (question: Question): Promise<Answers[Question['kind']]> => {
    if (question.kind === 'reply') {
      return documents.reply(question.api, Blocks.of(question.blocks), question.detectors, UNTIL)
    }
    if (question.kind === 'request') {
      document = await documents.request(question.api, question.headers, Blocks.of(question.blocks), UNTIL)
      return document.asked
    }
    if (!document) throw new TypeError('nothing was read that could be inspected')
    const scanned = await document.inspect(question.detectors, question.upstreamModel)
    document = undefined
    const body = scanned.takeBody()
    const { findings, channels, structure, opaque } = scanned
    return {
      findings,
      channels,
      structure,
      opaque,
      body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    }
  }

  port.on('message', (message: ToReader) => {
    if (message.kind === 'forget') document = undefined
    else {
      answer(message).then(
        (value) => say(port, { value }, 'body' in value ? [value.body.buffer as ArrayBuffer] : []),
        (thrown: unknown) => say(port, { failure: failureOf(thrown) }, []),
      )
    }
  })
}

function say(port: MessagePort, message: FromReader, given: readonly ArrayBuffer[]): void {
  port.postMessage(message, given)
}

function failureOf(thrown: unknown): Failure {
  const { code, message, status, nextSteps, cause } = asSluiceError(thrown)
  return { code, message, status, nextSteps, where: whereOf(cause) }
}
