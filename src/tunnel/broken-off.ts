// A connection to the gateway that is lost: before the reply, or in the middle of one, which is told in the stream.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { SluiceError } from '../base/errors.ts'
import { spokenAt } from './apis.ts'

/** Said of a connection that is there, over which nothing comes any more. */
export class SilenceError extends Error {}

export function brokenOff(
  gatewayUrl: string,
  cause: unknown,
  when: 'before' | 'in the middle of',
): SluiceError {
  const what = cause instanceof SilenceError ? 'went silent' : 'broke off'
  const nextSteps =
    when === 'before'
      ? [
          'The request may have reached the model, so it was not sent again.',
          'sluice audit tail tells whether it is on record; if it is not, or may run twice, send it again.',
        ]
      : ['What came is not all of it. Ask again for the whole.']
  const message = `The connection to ${gatewayUrl} ${what} ${when} the reply.`
  return new SluiceError('ERR_GATEWAY_UNREACHABLE', message, { nextSteps, cause })
}

/** A caller that has read the error hangs up, as SDKs do, or is cut off after so long. */
const LAST_WORDS_MS = 1_000
/** What ends an event: of server-sent events an empty line, of NDJSON the line's own end. */
const ENDS = { 'text/event-stream': ['\n\n', '\n\r\n', '\r\r'], 'application/x-ndjson': ['\n'] } as const
const LONGEST = 3

/** Where a reply of events is cut, by the bytes that have passed. */
export interface EventCut {
  push(chunk: Buffer): void
  /** Whether another event can follow what has passed. */
  readonly isBetween: boolean
}

/** Undefined where the reply is none of events that can be read as they are. */
export function eventCut({
  'content-type': type = '',
  'content-encoding': coding,
}: IncomingHttpHeaders): EventCut | undefined {
  const ends = Object.entries(ENDS).find(([name]) => type.toLowerCase().startsWith(name))?.[1]
  if (!ends || coding !== undefined) return undefined
  let last = ''
  return {
    push: (chunk) => (last = (last + chunk.subarray(-LONGEST).toString('latin1')).slice(-LONGEST)),
    get isBetween() {
      return last === '' || ends.some((end) => last.endsWith(end))
    },
  }
}

/** Tells the error where an event can stand, `id` being the exchange's; in any case the reply does not look whole. */
export function breakOff(
  response: ServerResponse,
  cut: EventCut | undefined,
  error: SluiceError,
  id: string,
): void {
  if (!cut?.isBetween) return void response.destroy()
  const timer = setTimeout(() => response.destroy(), LAST_WORDS_MS)
  response.once('close', () => clearTimeout(timer))
  response.write(spokenAt(response.req.url?.split('?', 1)[0] ?? '').streamError(error, id))
}
