// What the gateway answers of a model API by itself: which models there are, in the dialect's words.
import { asSluiceError } from '../base/errors.ts'
import type { Dialect, Discovery } from '../dialects/dialect.ts'
import { readBody } from './body.ts'
import type { Arrival } from './edge.ts'
import { usableModels } from './facts.ts'
import { textOf } from './inline-documents.ts'
import type { GatewayParts } from './parts.ts'

const LARGEST_QUESTION = 65_536

/** Never rejects: whatever is thrown is told in the dialect. */
export async function answerDiscovery(
  parts: GatewayParts,
  { request, response, id }: Arrival,
  dialect: Dialect,
  discovery: Discovery,
): Promise<void> {
  response.setHeader('content-type', 'application/json')
  try {
    const names = discovery.open ? [] : usableModels(parts, await parts.authenticate(request))
    const body = request.method === 'POST' ? textOf(await readBody(request, { limit: LARGEST_QUESTION })) : ''
    const views = names.map((name) => {
      const { dialects: spoken = [], contextLength } = parts.models.get(name) ?? {}
      return { name, dialects: spoken.map((dialect) => dialect.name), contextLength }
    })
    response.end(discovery.answer(views, body))
  } catch (thrown) {
    const error = asSluiceError(thrown)
    parts.metrics.refused(error.code)
    response.statusCode = error.status
    response.end(dialect.error(error, id))
    request.resume()
  }
}
