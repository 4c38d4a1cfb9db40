// The quickstart's story: what is typed, and what must and must not be seen where.

/** What the developer types: personal data and a secret. Invented: reserved domain, test card, example key. */
export const TYPED =
  'Draft a refund note for Bob Miller, bob.miller@example.org, card 5555 5555 5555 4444. Our key is AKIAQ3EGRB7KX2MNP4TZ.'

/** Values of what was typed that the model must not receive. */
export const CONFIDENTIAL = ['bob.miller@example.org', '5555 5555 5555 4444', 'AKIAQ3EGRB7KX2MNP4TZ']

/** The text of the last user message in a chat request's body. */
export function userTextOf(body: string): string {
  const { messages } = JSON.parse(body) as { messages: readonly { role: string; content: unknown }[] }
  const content = messages.findLast(({ role }) => role === 'user')?.content
  return typeof content === 'string' ? content : JSON.stringify(content)
}

/** Values of `confidential` that stand in any of the texts. */
export function leaks(confidential: readonly string[], ...texts: readonly string[]): string[] {
  return confidential.filter((value) => texts.some((text) => text.includes(value)))
}
