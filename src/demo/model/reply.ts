// What the demonstration model says. It has no weights: it repeats what it was given and adds a made-up customer record,
// so that a reply holds personal data of its own.
import type { Asked } from './api.ts'

export interface Reply {
  /** Sent first, where the request asks for reasoning. */
  readonly reasoning: string
  readonly content: string
  /** Where the request offers tools and asks for one: then there is no content. */
  readonly tool: { readonly name: string; readonly arguments: object } | undefined
}

// Invented: the domain is reserved (RFC 2606), the card a test number, the phone of the range kept for fiction.
export const CUSTOMER = {
  name: 'Grace Hopper',
  email: 'grace.hopper@example.com',
  phone: '+1 212-555-0142',
  card: '4111 1111 1111 1111',
}

export function composeReply({ text, tool, reasons, mostTokens }: Asked): Reply {
  const reasoning = reasons ? `The user wrote: ${text} Let me look up the customer on file.` : ''
  if (tool !== undefined) {
    return {
      reasoning,
      content: '',
      tool: { name: tool, arguments: { query: text, contact: CUSTOMER.email } },
    }
  }
  const content =
    `You asked: "${text}"\n\nOn file is ${CUSTOMER.name}, ${CUSTOMER.email}, ${CUSTOMER.phone}, ` +
    `who paid with card ${CUSTOMER.card}. Shall I draft the answer?`
  return {
    reasoning,
    content: mostTokens === undefined ? content : tokens(content).slice(0, mostTokens).join(''),
    tool: undefined,
  }
}

/** Cuts a text into pieces of about the size of a model's tokens: so a value is spread over several. */
export function tokens(text: string): string[] {
  return text.match(/\s?[\p{L}]{1,5}|\s?\d{1,3}|\s|[^\s\p{L}\d]{1,2}/gu) ?? []
}

/** How many tokens a reply has in all. */
export function lengthOf({ reasoning, content, tool }: Reply): number {
  return tokens(reasoning + content + (tool ? JSON.stringify(tool.arguments) : '')).length
}
