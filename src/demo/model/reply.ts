// What the demonstration model says. It has no weights: it repeats what it was given and adds a made-up customer record,
// so that a reply holds personal data of its own.

export interface ChatMessage {
  readonly role: string
  readonly content?: string | readonly { readonly type: string; readonly text?: string }[] | null
}

export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly stream?: boolean
  readonly n?: number
  readonly max_tokens?: number
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly reasoning_effort?: string
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
  readonly tool_choice?: unknown
}

export interface Reply {
  /** Sent first, in `reasoning_content`, where the request has a `reasoning_effort`. */
  readonly reasoning?: string
  readonly content?: string
  /** Where the request offers tools and asks for one. */
  readonly tool?: { readonly name: string; readonly arguments: string }
}

// Invented: the domain is reserved (RFC 2606), the card a test number, the phone of the range kept for fiction.
export const CUSTOMER = {
  name: 'Grace Hopper',
  email: 'grace.hopper@example.com',
  phone: '+1 212-555-0142',
  card: '4111 1111 1111 1111',
}

export function composeReply(chat: ChatRequest): Reply {
  const asked = lastUserText(chat.messages)
  const tool = wantedTool(chat)
  const reasoning =
    chat.reasoning_effort === undefined
      ? {}
      : { reasoning: `The user wrote: ${asked} Let me look up the customer on file.` }
  if (tool !== undefined) {
    return {
      ...reasoning,
      tool: { name: tool, arguments: JSON.stringify({ query: asked, contact: CUSTOMER.email }) },
    }
  }
  const content =
    `You asked: "${asked}"\n\nOn file is ${CUSTOMER.name}, ${CUSTOMER.email}, ${CUSTOMER.phone}, ` +
    `who paid with card ${CUSTOMER.card}. Shall I draft the answer?`
  return {
    ...reasoning,
    content: chat.max_tokens === undefined ? content : tokens(content).slice(0, chat.max_tokens).join(''),
  }
}

/** Cuts a text into pieces of about the size of a model's tokens: so a value is spread over several. */
export function tokens(text: string): string[] {
  return text.match(/\s?[\p{L}]{1,5}|\s?\d{1,3}|\s|[^\s\p{L}\d]{1,2}/gu) ?? []
}

function wantedTool(chat: ChatRequest): string | undefined {
  const [first] = chat.tools ?? []
  if (!first || chat.tool_choice === 'none') return undefined
  const last = chat.messages.at(-1)
  return last?.role === 'tool' ? undefined : first.function.name
}

function lastUserText(messages: readonly ChatMessage[]): string {
  const message = messages.findLast(({ role }) => role === 'user')
  if (!message?.content) return ''
  if (typeof message.content === 'string') return message.content
  return message.content.map((part) => part.text ?? '').join(' ')
}
