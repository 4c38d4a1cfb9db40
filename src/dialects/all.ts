// The dialects that the gateway speaks.
import type { Dialect } from './dialect.ts'
import { openaiChat } from './openai-chat/index.ts'

export const dialects: readonly Dialect[] = [openaiChat]

export const dialectNames: readonly string[] = dialects.map(({ name }) => name)
