// What entries call a channel: one of a few words of ours. A channel's key may hold what a caller has written.

const WORDS: { readonly [name: string]: string } = {
  text: 'content text response prompt suffix refusal output_text input',
  reasoning: 'reasoning reasoning_content reasoning_text reasoning_summary_text summary thinking',
  arguments: 'arguments partial_json function_call_arguments custom_tool_call_input',
  results: 'output',
  instructions: 'instructions system',
}
const NAMES = new Map(
  Object.entries(WORDS).flatMap(([name, words]) => words.split(' ').map((word) => [word, name])),
)

/** The name of a channel by its key: its innermost part that is known. */
export function channelName(key: string): string {
  const parts = key.split('/').filter((part) => part !== '')
  if (parts[0] === 'tools') return 'tools'
  // A tool's arguments in Anthropic's API; at the beginning it is the text of Responses.
  if (parts.at(-1) === 'input' && parts.length > 1) return 'arguments'
  const known = parts.findLast((part) => NAMES.has(part))
  return (known !== undefined && NAMES.get(known)) || 'other'
}
