// The pipeline: what happens to a chat request, in the order that the promises rest on.
import { readBody } from './body.ts'
import type { Call } from './call.ts'
import { inspect } from './inspect.ts'
import { maskerFor } from './masking.ts'
import type { GatewayParts } from './parts.ts'
import { denied, gather, servedModel } from './facts.ts'
import { announceDecision, releaseReply } from './reply.ts'
import { headersSentOn } from './sent-on.ts'
import { checkReply } from './upstream-errors.ts'

/** Answers one chat request, or throws; whoever calls turns a throw into the outcome's entry and the dialect's error. */
export async function answerChat(parts: GatewayParts, call: Call): Promise<void> {
  const { dialect, operation, exchange, response } = call
  const caller = await parts.authenticate(call.request)
  exchange.identified(caller)

  const headers = headersSentOn(dialect, call.request)
  const asked = operation.readRequest(
    await readBody(call.request, parts.limits.body, exchange.signal),
    headers,
  )
  exchange.names(asked.model)
  const model = servedModel(parts, caller, dialect, asked.model)
  const needs = parts.policy.needs(caller.subject.groups, model.name)
  const scanned = inspect(maskerFor(parts, needs.detectors.request), asked)
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
    headers,
    body: asked.encode(scanned.texts, model.upstreamModel),
    signal: exchange.signal,
  })
  exchange.ending = { upstreamStatus: reply.status }
  checkReply(reply, call, asked.stream)
  await releaseReply(parts, { ...call, asked, reply, masker: maskerFor(parts, needs.detectors.reply) })
}
