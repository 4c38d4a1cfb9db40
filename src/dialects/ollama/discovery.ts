// What tools ask an Ollama server before they chat: which models there are, and what each can do.
import { createHash } from 'node:crypto'
import { SluiceError } from '../../base/errors.ts'
import { invalid, requestObject } from '../bodies.ts'
import type { Discovery, ModelView } from '../dialect.ts'
import { member, stringOf } from '../json.ts'

/** Tools look for a version that knows the chat API with tools and thinking. */
const SPOKEN_VERSION = '0.12.6'
// Clients written in Go show it as "Never".
const UNKNOWN_TIME = '0001-01-01T00:00:00Z'
const FOREVER = '9999-12-31T23:59:59Z'
// Editors ask here, and then by chat completions.
const CHATTED_WITH_BY = ['ollama', 'openai-chat']

export const version: Discovery = { open: true, answer: () => JSON.stringify({ version: SPOKEN_VERSION }) }

export const tags: Discovery = {
  answer: (models) => JSON.stringify({ models: reached(models).map(summary) }),
}

export const running: Discovery = {
  answer: (models) =>
    JSON.stringify({
      models: reached(models).map((model) => ({
        ...summary(model),
        expires_at: FOREVER,
        size_vram: 0,
        context_length: model.contextLength ?? 0,
      })),
    }),
}

export const show: Discovery = {
  answer(models, body) {
    const root = requestObject(body)
    const asked = stringOf(member(root, 'model')) ?? stringOf(member(root, 'name'))
    if (asked === undefined) throw invalid('"model" must be a string.')
    const model = reached(models).find(({ name }) => name === asked || `${name}:latest` === asked)
    if (!model) {
      const names = reached(models)
        .map(({ name }) => name)
        .join(', ')
      throw new SluiceError('ERR_MODEL_UNKNOWN', `No such model here. Served to you: ${names || 'none'}.`)
    }
    return JSON.stringify({
      modelfile: '',
      parameters: '',
      template: '',
      details: DETAILS,
      model_info: {
        'general.architecture': 'sluice',
        'general.basename': model.name,
        ...(model.contextLength !== undefined && { 'sluice.context_length': model.contextLength }),
      },
      capabilities: ['completion', 'tools'],
      modified_at: UNKNOWN_TIME,
    })
  },
}

const DETAILS = {
  parent_model: '',
  format: '',
  family: '',
  families: [],
  parameter_size: '',
  quantization_level: '',
}

function reached(models: readonly ModelView[]): readonly ModelView[] {
  return models.filter(({ dialects }) => dialects.some((name) => CHATTED_WITH_BY.includes(name)))
}

// Ollama's CLI takes the first twelve characters of a digest, and crashes where there are fewer.
function summary({ name }: ModelView): object {
  const digest = createHash('sha256').update(name).digest('hex')
  return { name, model: name, modified_at: UNKNOWN_TIME, size: 0, digest, details: DETAILS }
}
