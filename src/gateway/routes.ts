// The routes of the one port: model APIs, what operators ask, and what else is mounted.
import type { ServerResponse } from 'node:http'
import { SluiceError } from '../base/errors.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { pathOf } from './call.ts'
import { answerDiscovery } from './discovery.ts'
import type { Arrival, Edge } from './edge.ts'
import { refuseHead } from './failure.ts'
import { flawOf } from './head.ts'
import { answerInference } from './inference.ts'

export async function route(edge: Edge, arrival: Arrival): Promise<void> {
  const { parts, served } = edge
  const { request, response, id } = arrival
  const path = pathOf(request)
  const flaw = flawOf(request)
  if (flaw) {
    parts.metrics.refused(flaw.code)
    parts.logger.info({ requestId: id, status: flaw.status, code: flaw.code }, 'request')
    return refuseHead({ dialect: spokenAt(served.dialects, path), request, response }, flaw, id)
  }
  for (const dialect of served.dialects) {
    const found = dialect.route(request.method ?? '', path)
    if (found?.kind === 'operation') return answerInference(edge, arrival, dialect, found.operation)
    if (found) return answerDiscovery(parts, arrival, dialect, found.discovery)
  }
  if (path === '/healthz') return sendPlain(response, 200, 'ok')
  if (path === '/readyz') return answerReadiness(edge, response)
  if (path === '/metrics') {
    response.setHeader('content-type', parts.metrics.contentType)
    response.end(await parts.metrics.text())
    return
  }
  for (const mount of served.mounts) if (await mount(request, response, id)) return
  const error = new SluiceError('ERR_NOT_FOUND', `The gateway has no ${request.method} ${safePath(path)}.`)
  response.statusCode = 404
  response.setHeader('content-type', 'application/json')
  response.setHeader('x-should-retry', 'false')
  response.end(spokenAt(served.dialects, path).error(error, id))
  request.resume()
}

function answerReadiness({ parts, isStopping }: Edge, response: ServerResponse): void {
  if (isStopping) sendPlain(response, 503, 'stopping')
  else if (!parts.ledger.writable) sendPlain(response, 503, 'the ledger is not writable')
  else sendPlain(response, 200, 'ready')
}

/** The dialect in which errors are told at a path. */
function spokenAt(dialects: readonly Dialect[], path: string): Dialect {
  return dialects.find(({ paths }) => paths.test(path)) ?? (dialects[0] as Dialect)
}

function safePath(path: string): string {
  return path.length <= 80 && /^[\w/.~-]*$/.test(path) ? path : 'such path'
}

export function sendPlain(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(`${text}\n`)
}
