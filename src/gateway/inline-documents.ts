// Documents read right here, in one go: for those that are small enough, and in the threads that read the large ones.
import { isUtf8 } from 'node:buffer'
import { SluiceError } from '../base/errors.ts'
import { encodePieces } from '../dialects/collect.ts'
import {
  DialectError,
  type Asked,
  type Dialect,
  type Operation,
  type RequestReading,
} from '../dialects/dialect.ts'
import type { Blocks } from './blocks.ts'
import type { Api, Documents, ReplyDocument, RequestDocument, ScannedRequest } from './documents.ts'
import { inspect, type Inspection } from './inspect.ts'
import { maskerFor, type MaskerFor } from './masking.ts'
import { notInspectable, notPromised } from './reply-refusals.ts'

/** What names nobody's model, and would be carried through logs, threads and messages. */
const LONGEST_NAME = 512
/** Parts that can't be inspected are named, so many of them. */
const MOST_NAMED = 16

export function createInlineDocuments(dialects: readonly Dialect[], maskers: MaskerFor): Documents {
  const operationOf = ({ dialect, method, path }: Api): Operation => {
    const route = dialects.find(({ name }) => name === dialect)?.route(method, path)
    if (route?.kind !== 'operation') throw new TypeError(`no operation of ${dialect}`)
    return route.operation
  }
  return {
    async request(api, headers, bytes) {
      return new InlineRequest(operationOf(api).readRequest(textOf(bytes), headers), maskers)
    },
    async reply(api, bytes, detectors) {
      return readReply(operationOf(api), bytes, detectors, maskers)
    },
  }
}

/** A request's bytes as text. Throws ERR_REQUEST_INVALID where they are none. */
export function textOf(bytes: Blocks): string {
  const whole = bytes.takeWhole()
  if (!isUtf8(whole)) {
    throw new SluiceError('ERR_REQUEST_INVALID', 'The request body is not valid UTF-8.', {
      nextSteps: ['Send it as UTF-8.'],
    })
  }
  return whole.toString('utf8')
}

class InlineRequest implements RequestDocument {
  readonly asked: Asked
  private reading: RequestReading | undefined
  private readonly maskers: MaskerFor

  constructor(reading: RequestReading, maskers: MaskerFor) {
    const { model, stream, wants, opaque, opaqueReply, beyond } = reading
    if (model.length > LONGEST_NAME) {
      throw new SluiceError(
        'ERR_REQUEST_INVALID',
        `The model's name is longer than ${LONGEST_NAME} characters.`,
      )
    }
    this.asked = {
      model,
      stream,
      wants,
      opaque: opaque.slice(0, MOST_NAMED),
      opaqueReply: opaqueReply.slice(0, MOST_NAMED),
      beyond: beyond.slice(0, MOST_NAMED),
    }
    this.reading = reading
    this.maskers = maskers
  }

  async inspect(detectors: readonly string[], upstreamModel: string | undefined): Promise<ScannedRequest> {
    const { reading } = this
    if (!reading) throw new TypeError('a request is inspected once')
    this.reading = undefined
    return new InlineScan(inspect(maskerFor(this.maskers, detectors), reading), reading, upstreamModel)
  }
}

class InlineScan implements ScannedRequest {
  readonly findings
  readonly channels
  readonly structure
  readonly opaque
  private unencoded: { texts: Inspection['texts']; reading: RequestReading } | undefined
  private readonly upstreamModel: string | undefined

  constructor(scanned: Inspection, reading: RequestReading, upstreamModel: string | undefined) {
    this.findings = scanned.findings
    this.channels = scanned.channels
    this.structure = scanned.structure
    this.opaque = scanned.opaque
    this.unencoded = { texts: scanned.texts, reading }
    this.upstreamModel = upstreamModel
  }

  takeBody(): string {
    if (!this.unencoded) throw new TypeError('a body is taken once')
    const { texts, reading } = this.unencoded
    this.unencoded = undefined
    return reading.encode(texts, this.upstreamModel)
  }
}

function readReply(
  operation: Operation,
  bytes: Blocks,
  detectors: readonly string[],
  maskers: MaskerFor,
): ReplyDocument {
  try {
    const whole = bytes.takeWhole()
    if (!isUtf8(whole)) throw new DialectError('invalid UTF-8')
    const text = whole.toString('utf8')
    const reading = operation.readReply(text)
    const masker = maskerFor(maskers, detectors)
    if (masker && reading.opaque.length > 0) {
      const parts = reading.opaque.slice(0, MOST_NAMED).join(', ')
      throw notInspectable(`The reply holds parts that can't be inspected: ${parts}.`)
    }
    const { findings, channels, structure, opaque, texts } = inspect(masker, reading)
    if (opaque.length > 0) throw notInspectable(`The reply can't be inspected: ${opaque.join(' ')}`)
    if (Object.keys(structure).length > 0) {
      throw notInspectable('An id, name or key of the reply holds what policy masks.')
    }
    const body = new TextEncoder().encode(
      encodePieces(text, reading.pieces, texts, masker && reading.withheld),
    )
    return { findings, channels, tokens: reading.tokens, body }
  } catch (thrown) {
    throw thrown instanceof DialectError ? notPromised(thrown) : thrown
  }
}
