// One call of a model API at the edge: opens its exchange, hands it to the pipeline, and sees to it that it ends.
import { SluiceError } from '../base/errors.ts'
import type { Dialect, Operation } from '../dialects/dialect.ts'
import type { Call } from './call.ts'
import type { Arrival, Edge } from './edge.ts'
import { abortWhenCallerFails, Exchange } from './exchange.ts'
import { concludeFailure, whereOf } from './failure.ts'
import { answerCall } from './pipeline.ts'

/** Never rejects: whatever is thrown becomes the outcome's entry and an error in the dialect. */
export async function answerInference(
  edge: Edge,
  { request, response, id }: Arrival,
  dialect: Dialect,
  operation: Operation,
): Promise<void> {
  const { parts, exchanges } = edge
  const exchange = new Exchange(parts)
  const call: Call = { dialect, operation, request, response, exchange }
  exchanges.set(request, exchange)
  parts.metrics.exchangesOpen(1)
  abortWhenCallerFails(exchange, response, parts.limits.receiveMs)
  let error: SluiceError | undefined
  try {
    if (edge.isStopping) throw new SluiceError('ERR_GATEWAY_STOPPING', 'The gateway is stopping.')
    await answerCall(parts, call)
  } catch (thrown) {
    error = await concludeFailure(parts, call, id, thrown)
    if (error.code === 'ERR_INTERNAL' || error.code === 'ERR_MASKING_FAILED')
      parts.logger.error({ requestId: id, code: error.code, where: whereOf(error.cause) }, 'exchange failed')
  } finally {
    exchanges.delete(request)
    exchange.over()
    parts.metrics.exchangesOpen(-1)
  }
  parts.logger.info(
    {
      requestId: id,
      exchange: exchange.id,
      operation: operation.name,
      model: exchange.model,
      status: response.statusCode,
      code: error?.code,
      ms: parts.clock.now() - exchange.startedAt,
    },
    'request',
  )
}
