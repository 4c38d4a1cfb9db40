// The dialects that the gateway speaks.
import type { Dialect } from './dialect.ts'
import { anthropic } from './anthropic/index.ts'
import { ollama } from './ollama/index.ts'
import { openaiResponses } from './openai-responses/index.ts'
import { openaiChat } from './openai-chat/index.ts'

export const dialects: readonly Dialect[] = [openaiChat, openaiResponses, anthropic, ollama]

export const dialectNames: readonly string[] = dialects.map(({ name }) => name)
