// One call of a model API: what the edge hands to the pipeline, and the pipeline to its steps.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dialect, Operation } from '../dialects/dialect.ts'
import type { Api } from './documents.ts'
import type { Exchange } from './exchange.ts'

export interface Call {
  readonly dialect: Dialect
  readonly operation: Operation
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly exchange: Exchange
}

export function apiOf({ dialect, request }: Call): Api {
  return { dialect: dialect.name, method: request.method ?? '', path: pathOf(request) }
}

export function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}
