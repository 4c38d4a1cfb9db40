// Strings without the longer ones that they were cut from.

/** Strings of fewer characters have memory of their own, wherever they were cut from. */
export const SHORT = 13

/** The same text: a slice keeps the whole string that it was cut from alive, if it is not short; this doesn't. */
export function ownCopy(text: string): string {
  return text.length < SHORT ? text : ` ${text}`.slice(1)
}
