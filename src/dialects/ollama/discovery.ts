// What tools ask an Ollama server before they chat: which models there are, and what each can do.
import { SluiceError } from '../../base/errors.ts'
import { invalid, requestObject } from '../bodies.ts'
import type { Discovery, ModelView } from '../dialect.ts'
import { member, stringOf } from '../json.ts'

/** Tools look for a version that knows the chat API with tools and thinking. */
const SPOKEN_VERSION = '0.12.6'
const UNKNOWN_TIME = '1970-01-01T00:00:00Z'

export const version: Discovery = { open: true, answer: () => JSON.stringify({ version: SPOKEN_VERSION }) }

export const tags: Discovery = {
  answer: (models) => JSON.stringify({ models: models.map(summary) }),
}

export const running: Discovery = {
  answer: (models) =>
    JSON.stringify({
      models: models.map((model) => ({ ...summary(model), expires_at: UNKNOWN_TIME, size_vram: 0 })),
    }),
}

export const show: Discovery = {
  answer(models, body) {
    const root = requestObject(body)
    const asked = stringOf(member(root, 'model')) ?? stringOf(member(root, 'name'))
    if (asked === undefined) throw invalid('"model" must be a string.')
    const model = models.find(({ name }) => name === asked || `${name}:latest` === asked)
    if (!model) {
      const names = models.map(({ name }) => name).join(', ')
      throw new SluiceError('ERR_MODEL_UNKNOWN', `No such model here. Served to you: ${names || 'none'}.`)
    }
    return JSON.stringify({
      modelfile: '',
      parameters: '',
      template: '',
      details: DETAILS,
      model_info: { 'general.architecture': 'sluice', 'general.basename': model.name },
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

function summary({ name }: ModelView): object {
  return { name, model: name, modified_at: UNKNOWN_TIME, size: 0, digest: '', details: DETAILS }
}
