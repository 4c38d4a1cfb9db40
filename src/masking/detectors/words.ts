// Contexts: what stands before a value whose own characters don't tell it.

const BETWEEN = inAnyCase(
  '(?:number|num|no|nr|id|code|is|are|was|my|our|your|his|her|the|their|for|of|at|on|me|us|him|them|back|now|or|and|to|it|line|identifier)',
)
const QUOTES = '["\'`\\\\]*'
const SIGN = '(?:[:?.+|]*=+>?|:+)'
const SUFFIX = inAnyCase('(?:[_-]?(?:value|prod|dev|test|live|staging|base64|b64|hex))?[0-9]*')
const ASSIGNMENT = `${QUOTES}[\\])]*\\s*(?:(?:${inAnyCase('string')}|value["']?)\\s*)?${SIGN}[ \\t]*[(]?${QUOTES}`
const ARGUMENT = '["\'`]\\s*,\\s*["\'`]'
const ELEMENT = '>\\s*'
const SENTENCE = `\\s+(?:${inAnyCase('(?:is|was)')}\\s*:?\\s*)?${QUOTES}`

/** Right after the name and the colon that stand before the host of a URL (RFC 3986, section 3.2.1). */
export const USER = /:\/\/[^\s/?#@:]*:/

/** A pattern's letters a to z in either case, outside of its brackets and escapes. */
export function inAnyCase(pattern: string): string {
  return pattern.replace(/\\.|\[[^\]]*\]|[a-z]/g, (part) =>
    part.length === 1 ? `[${part.toUpperCase()}${part}]` : part,
  )
}

/** Right after one of these words, and words such as `number` or `is`. */
export function announcedBy(...words: readonly string[]): RegExp {
  return new RegExp(`${oneOf(words)}[^A-Za-z0-9]+(?:${BETWEEN}[^A-Za-z0-9]+)*`)
}

/**
 * Right after what gives a value to a name that ends in one of these words: in code, in configurations, in markup, as an
 * argument, on a command line, in a sentence.
 */
export function givenTo(...names: readonly string[]): RegExp {
  return new RegExp(`${oneOf(names)}${SUFFIX}(?:${ASSIGNMENT}|${ARGUMENT}|${ELEMENT}|${SENTENCE})`)
}

function oneOf(words: readonly string[]): string {
  return `(?:${words.map(inAnyCase).join('|')})`
}
