// What the CLI asks of the gateway: discovery, who am I, models, sessions (docs/gateway-api.md).
import type { IncomingMessage, ServerResponse } from 'node:http'
import { asSluiceError, SluiceError } from '../base/errors.ts'
import type { Sessions } from '../identity/sessions.ts'
import type { Caller } from '../terms/subject.ts'
import { readBody } from './body.ts'
import { meant, usableModels } from './facts.ts'
import { whereOf } from './failure.ts'
import { textOf } from './inline-documents.ts'
import type { GatewayParts } from './parts.ts'
import { pathOf } from './call.ts'
import type { Mount } from './edge.ts'

export interface CliApiParts {
  readonly sessions: Sessions
  /** The body of whoami; its `signInExpiresAt` is also told with each session. */
  whoami(caller: Caller): Promise<{ readonly signInExpiresAt: string }>
  /** Answers everything below /api/v1/audit/. */
  audit(caller: Caller, request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Erases whose the subject's id is. */
  eraseSubject(caller: Caller, id: string): Promise<{ readonly entry: number }>
  /** Answers everything below /ledger/. */
  ledger(caller: Caller, request: IncomingMessage, response: ServerResponse): Promise<void>
  readonly discovery: {
    readonly issuer: string
    readonly ledger: {
      readonly origin: string
      readonly vkey: string
      /** Receipts that lead to it from keys that the ledger had before (audit/rotation.ts). */
      readonly rotations: readonly string[]
    }
  }
}

type Answer = (
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
) => Promise<void>

interface Route {
  readonly method: string
  readonly path: RegExp
  readonly answer: Answer
}

const BODY_LIMIT = 16_384

export function cliApi(parts: GatewayParts, api: CliApiParts): Mount {
  const routes: readonly Route[] = [
    {
      method: 'GET',
      path: /^\/api\/v1\/whoami$/,
      answer: async (caller, _, response) => sendJson(response, 200, await api.whoami(caller)),
    },
    {
      method: 'GET',
      path: /^\/api\/v1\/models$/,
      answer: async (caller, _, response) =>
        sendJson(response, 200, {
          models: usableModels(parts, caller).map((name) => modelView(parts, caller, name)),
        }),
    },
    { method: 'POST', path: /^\/api\/v1\/sessions$/, answer: (...call) => openSession(parts, api, ...call) },
    {
      method: 'POST',
      path: /^\/api\/v1\/sessions\/(\w{1,64})\/renew$/,
      answer: (...call) => renewSession(api, ...call),
    },
    {
      method: 'DELETE',
      path: /^\/api\/v1\/sessions\/(\w{1,64})$/,
      answer: (...call) => closeSession(parts, api, ...call),
    },
    {
      method: 'DELETE',
      path: /^\/api\/v1\/subjects\/(\w{1,64})$/,
      answer: async (caller, _, response, id) => sendJson(response, 200, await api.eraseSubject(caller, id)),
    },
    {
      method: 'GET',
      path: /^\/api\/v1\/audit\/\w+$/,
      answer: (caller, request, response) => api.audit(caller, request, response),
    },
    {
      method: 'GET',
      path: /^\/ledger\//,
      answer: (caller, request, response) => api.ledger(caller, request, response),
    },
  ]

  return async (request, response, requestId) => {
    const path = pathOf(request)
    if (path === '/.well-known/sluice') {
      sendJson(response, 200, { sluice: parts.version, ...api.discovery })
      return true
    }
    if (!path.startsWith('/api/v1/') && !path.startsWith('/ledger/')) return false
    try {
      const route = routes.find(
        ({ method, path: pattern }) => method === request.method && pattern.test(path),
      )
      const caller = await cliCaller(parts, request)
      if (!route)
        throw new SluiceError('ERR_NOT_FOUND', 'The gateway’s API has no such path.', {
          nextSteps: ['Check that CLI and gateway are of one version.'],
        })
      await route.answer(caller, request, response, route.path.exec(path)?.[1] ?? '')
    } catch (thrown) {
      sendApiError(parts, response, requestId, thrown)
    }
    return true
  }
}

async function cliCaller(parts: GatewayParts, request: IncomingMessage): Promise<Caller> {
  const caller = await parts.authenticate(request)
  if (caller.scope === 'cli') return caller
  throw new SluiceError('ERR_FORBIDDEN', 'A session’s token reaches inference only.')
}

async function openSession(
  parts: GatewayParts,
  api: CliApiParts,
  ...[caller, request, response]: Parameters<Answer>
): Promise<void> {
  const asked = parseObject(textOf(await readBody(request, { limit: BODY_LIMIT })))
  const model = asked['model']
  if (typeof model !== 'string') throw new SluiceError('ERR_REQUEST_INVALID', '"model" must be a string.')
  const usable = usableModels(parts, caller)
  if (!usable.includes(model)) {
    throw new SluiceError(
      'ERR_MODEL_UNKNOWN',
      `No model ${JSON.stringify(model.slice(0, 80))} is served to you${meant(model, usable)}`,
      {
        nextSteps:
          usable.length > 0
            ? [`Choose one of: ${usable.join(', ')}.`]
            : ['Ask the gateway’s operator for access.'],
      },
    )
  }
  const { id, token, expiresAt } = await api.sessions.open(caller, model)
  await record(parts, 'session-opened', caller, id, model)
  const { signInExpiresAt } = await api.whoami(caller)
  sendJson(response, 201, {
    id,
    token,
    expiresAt: new Date(expiresAt).toISOString(),
    signInExpiresAt,
    model: modelView(parts, caller, model),
    subject: { id: caller.subject.id, name: caller.subject.name },
  })
}

async function renewSession(
  api: CliApiParts,
  ...[caller, , response, id]: Parameters<Answer>
): Promise<void> {
  const { token, expiresAt } = await api.sessions.renew(caller, id)
  sendJson(response, 200, { token, expiresAt: new Date(expiresAt).toISOString() })
}

async function closeSession(
  parts: GatewayParts,
  api: CliApiParts,
  ...[caller, , response, id]: Parameters<Answer>
): Promise<void> {
  const { model } = await api.sessions.close(caller, id)
  await record(parts, 'session-closed', caller, id, model)
  response.statusCode = 204
  response.end()
}

async function record(
  parts: GatewayParts,
  kind: 'session-opened' | 'session-closed',
  caller: Caller,
  session: string,
  model: string,
): Promise<void> {
  const time = new Date(parts.clock.now()).toISOString()
  await parts.ledger.append([{ v: 1, kind, time, session, subject: caller.subject.id, model }])
}

/** A model as its users are told of it: what is masked, and what is kept of an exchange. */
function modelView(parts: GatewayParts, caller: Caller, name: string): object {
  const { detectors } = parts.policy.needs(caller.subject.groups, name)
  return {
    name,
    dialects: parts.models.get(name)?.dialects.map((dialect) => dialect.name),
    mask: detectors,
    record: 'metadata',
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // told below
  }
  throw new SluiceError('ERR_REQUEST_INVALID', 'The body must be a JSON object.')
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.setHeader('cache-control', 'no-store')
  response.end(JSON.stringify(value))
}

function sendApiError(
  parts: GatewayParts,
  response: ServerResponse,
  requestId: string,
  thrown: unknown,
): void {
  const { code, message, nextSteps, status, cause } = asSluiceError(thrown)
  parts.metrics.refused(code)
  if (code === 'ERR_INTERNAL') parts.logger.error({ requestId, where: whereOf(cause) }, 'internal error')
  if (response.headersSent) response.destroy()
  else sendJson(response, status, { error: { code, message, nextSteps, requestId } })
}
