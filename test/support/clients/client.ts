// What the tools of developers do with a model, in the same words for each real client.

/** A tool as every client is offered it: the demonstration model calls it with `query` and `contact`. */
export const TOOL = {
  name: 'look_up',
  description: 'Looks up a customer.',
  parameters: {
    type: 'object',
    properties: { query: { type: 'string' }, contact: { type: 'string' } },
    required: ['query'],
  },
} as const

/** A picture, which no detector can look into. */
export const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export interface RealClient {
  readonly name: string
  /** Asks, and resolves with the answer's text. */
  ask(model: string, prompt: string): Promise<string>
  /** The same, in pieces as they come. Whoever ends the loop wants no more. */
  stream(model: string, prompt: string): AsyncIterable<string>
  /** Offers the tool, and sends the result of its call: the call's arguments, and the answer to the result. */
  useTool(model: string, prompt: string, result: string): Promise<{ asked: unknown; answer: string }>
  /** Asks about the picture. */
  show(model: string, prompt: string): Promise<unknown>
}

/** A client as its documentation sets it up, by the variables that `sluice env` prints; with its own patience, or none. */
export type ClientMaker = (
  variables: { readonly [name: string]: string },
  patience: { readonly maxRetries?: number },
) => RealClient
