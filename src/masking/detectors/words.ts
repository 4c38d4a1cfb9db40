// Contexts: what stands before a value whose own characters don't tell it.

// What may stand between such a word and the value; none of these announces anything itself, so few are heeded at a time.
const CONNECTING =
  'number num no nr id code identifier line is are was has changed a the my our your his her their for of at on to by or and ' +
  'me us him them it as you asked back now new home work office customer client patient address contact'
const WORD = `(?:${CONNECTING.split(' ').map(inAnyCase).join('|')})`
// A bracket that closes ends a placeholder: it announces nothing.
const APART = '[^A-Za-z0-9\\]]+'
const BETWEEN = `${APART}(?:${WORD}${APART})*`
const QUOTES = '["\'`\\\\]*'
// The end of a name: of a subscript where a quote stands before its bracket, else of a placeholder.
const NAME_END = '(?:["\'`\\\\]+[\\])]*|[)]*)'
const SIGN = '(?:[:?.+|]*=+>?|:+)'
const SUFFIX = inAnyCase('(?:[_-]?(?:value|prod|dev|test|live|staging|base64|b64|hex))?(?:[_-]?[0-9]+)?')
// Strings of bytes, in Python, Go and JavaScript.
const BYTES = '(?:[bBrRuU]|\\[\\]byte\\(|Buffer\\.from\\()'
const ASSIGNMENT =
  `${NAME_END}\\s*(?:(?:${inAnyCase('string')}|value["']?)\\s*)?` +
  `${SIGN}[ \\t]*(?:[(]?${QUOTES}|${BYTES}["'\`])`
const ARGUMENT = '["\'`]\\s*,\\s*["\'`]'
const ELEMENT = '>\\s*'
const SENTENCE = `\\s+(?:${inAnyCase('(?:is|was)')}\\s*:?\\s*)?${QUOTES}`

/** Right after the name and the colon that stand before the host of a URL (RFC 3986, section 3.2.1); none has brackets. */
export const USER = /:\/\/[^\s/?#@:[\]]*:/

/** Longer than this, nothing that stands where a secret does is something else. */
export const LONGEST = 119

/** A character of a bearer token (RFC 6750, section 2.1). */
export const TOKEN = '[A-Za-z0-9._~+/=-]'

/** Right after the name of a session's cookie: in PHP, Java, ASP.NET, Laravel, Django and Flask; in Express. */
export const COOKIE = /(?:[Ss]ess(?:ion)?|SESS(?:ION)?)(?:_?[Ii][Dd])?=|connect\.sid=/

/** A character of a cookie's value, as far as sessions' have it. */
export const COOKIE_VALUE = '[A-Za-z0-9_+/%.~=-]'

/** A pattern's letters a to z in either case, outside of its brackets and escapes. */
export function inAnyCase(pattern: string): string {
  return pattern.replace(/\\.|\[[^\]]*\]|[a-z]/g, (part) =>
    part.length === 1 ? `[${part.toUpperCase()}${part}]` : part,
  )
}

/**
 * Right after one of these words, with others between that only connect. One that begins with a space is told from the
 * end of a longer word: it has a capital, or no letter before it.
 */
export function announcedBy(...words: readonly string[]): RegExp {
  return new RegExp(`${oneOf(words)}(?:['’]?s|[Nn]umber)?${BETWEEN}`)
}

/**
 * Right after what gives a value to a name that ends in one of these words: in code, in configurations, in markup, as an
 * argument, on a command line, in a sentence.
 */
export function givenTo(...names: readonly string[]): RegExp {
  return new RegExp(`${oneOf(names)}${SUFFIX}(?:${ASSIGNMENT}|${ARGUMENT}|${ELEMENT}|${SENTENCE})`)
}

/** Right after the quote that opens what is given to such a name. */
export function quotedFor(...names: readonly string[]): RegExp {
  return new RegExp(`${oneOf(names)}${SUFFIX}${NAME_END}\\s*${SIGN}[ \\t]*(?:[(]|${BYTES})?["'\`]`)
}

/** Right after the scheme that bearer tokens are sent by. */
export const BEARER = new RegExp(`${inAnyCase('(?:bearer|ssws)')}\\s+`)

function oneOf(words: readonly string[]): string {
  return `(?:${words.map((word) => (word.startsWith(' ') ? apart(word.slice(1)) : inAnyCase(word))).join('|')})`
}

function apart(word: string): string {
  const [first = '', ...rest] = word
  return `[^A-Za-z]${inAnyCase(word)}|${first.toUpperCase()}${inAnyCase(rest.join(''))}`
}
