// The pipeline: what happens to a request of a model API, in the order that the promises rest on.
import { readBody } from './body.ts'
import { apiOf, type Call } from './call.ts'
import type { GatewayParts } from './parts.ts'
import { denied, gather, servedModel } from './facts.ts'
import { announceDecision, releaseReply } from './reply.ts'
import { headersSentOn } from './sent-on.ts'
import { checkReply } from './upstream-errors.ts'

/** Answers one request, or throws; whoever calls turns a throw into the outcome's entry and the dialect's error. */
export async function answerCall(parts: GatewayParts, call: Call): Promise<void> {
  const { dialect, operation, exchange, response } = call
  const caller = await parts.authenticate(call.request)
  exchange.identified(caller)

  const headers = headersSentOn(dialect, call.request)
  const room = parts.bodies.claim(exchange)
  const bytes = await readBody(call.request, { limit: parts.limits.body, room, signal: exchange.signal })
  const document = await parts.documents.request(apiOf(call), headers, bytes, exchange)
  const { asked } = document
  exchange.names(asked.model)
  const model = servedModel(parts, caller, dialect, asked.model)
  const needs = parts.policy.needs(caller.subject.groups, model.name)
  const scanned = await document.inspect(needs.detectors.request, model.upstreamModel)
  const facts = gather(caller, model, call, asked, scanned)
  const decision = parts.policy.evaluate(facts)

  exchange.signal.throwIfAborted()
  const entry = await exchange.decide({ caller, model, asked, needs, facts, decision })
  announceDecision(response, exchange, entry, facts)
  if (decision.effect !== 'allow') throw denied(decision)

  exchange.signal.throwIfAborted()
  const reply = await parts.upstream.send({
    model: model.name,
    exchange: exchange.id,
    path: operation.upstreamPath,
    beside: operation.beside,
    headers,
    body: scanned.takeBody(),
    signal: exchange.signal,
  })
  room.release()
  exchange.ending = { upstreamStatus: reply.status }
  checkReply(reply, call, asked.stream)
  await releaseReply(parts, { ...call, asked, reply, detectors: needs.detectors.reply })
}
