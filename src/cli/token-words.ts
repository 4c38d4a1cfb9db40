// Counts of tokens, as far as the model server told them.

/** `412→96 tokens`, or `412 tokens in` and `96 tokens out` where only one is known; empty where neither is. */
export function tokenWords(input: string, output: string): string {
  if (input !== '' && output !== '') return `${input}→${output} tokens`
  if (input !== '') return `${input} tokens in`
  return output === '' ? '' : `${output} tokens out`
}
