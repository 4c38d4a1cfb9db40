// What the demonstration model needs of an API that it speaks.
import type { Reply } from './reply.ts'

/** A request, as far as the model minds it. */
export interface Asked {
  readonly model: string
  /** The text of the last message of the user. */
  readonly text: string
  /** All that counts as input. */
  readonly input: string
  /** The tool to call; undefined where the request offers none, or wants none. */
  readonly tool: string | undefined
  readonly reasons: boolean
  readonly stream: boolean
  readonly mostTokens: number | undefined
  /** How many replies, side by side. */
  readonly choices: number
  /** Whether a stream ends with the token counts, where its API leaves that to the caller. */
  readonly counts: boolean
}

export interface Api {
  readonly path: string
  readonly streamType: string
  /** Reads the request's JSON. */
  read(body: unknown): Asked
  whole(asked: Asked, reply: Reply): object
  /** The frames of a stream, as they go over the wire; `undefined` between two is a pause. */
  stream(asked: Asked, reply: Reply): Iterable<string | undefined>
}

/** The text of a message's content: a string, or a list of parts with a text. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join(' ')
}

export interface Message {
  readonly role?: string
  readonly content?: unknown
}

export function lastOfUser(messages: readonly Message[]): string {
  return textOf(messages.findLast(({ role }) => role === 'user')?.content)
}
