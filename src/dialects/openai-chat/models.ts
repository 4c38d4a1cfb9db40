// Which models there are, in one answer for both who ask at /v1/models: each of the two APIs reads its own members.
// https://platform.openai.com/docs/api-reference/models · https://docs.anthropic.com/en/api/models-list
import { SluiceError } from '../../base/errors.ts'
import type { Discovery, ModelView } from '../dialect.ts'

// Ollama's has a list of its own.
const BELOW_V1 = ['openai-chat', 'openai-responses', 'anthropic']

/** The list. */
export const models: Discovery = {
  answer(served) {
    const data = served.filter(isBelowV1).map(described)
    return JSON.stringify({
      object: 'list',
      data,
      has_more: false,
      first_id: data.at(0)?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    })
  },
}

/** One of them, by the path's last part; undefined where that is no name. */
export function modelAt(encoded: string): Discovery | undefined {
  let asked: string
  try {
    asked = decodeURIComponent(encoded)
  } catch {
    return undefined
  }
  return {
    answer(served) {
      const model = served.filter(isBelowV1).find(({ name }) => name === asked)
      if (model) return JSON.stringify(described(model))
      const names = served.filter(isBelowV1).map(({ name }) => name)
      throw new SluiceError(
        'ERR_MODEL_UNKNOWN',
        `No such model here. Served to you: ${names.join(', ') || 'none'}.`,
      )
    },
  }
}

function isBelowV1({ dialects }: ModelView): boolean {
  return dialects.some((name) => BELOW_V1.includes(name))
}

function described({ name }: ModelView) {
  return {
    id: name,
    object: 'model',
    created: 0,
    owned_by: 'sluice',
    type: 'model',
    display_name: name,
    created_at: '1970-01-01T00:00:00Z',
  }
}
