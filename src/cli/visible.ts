// Text that others wrote, made safe to print on a terminal.

// Controls, bidirectional controls and isolates, line and paragraph separators, halves of characters, and all that Unicode
// has invisible, such as zero-width characters, fillers and tags; but for the selectors that make an emoji a picture.
const INVISIBLE =
  /(?!(?<=\p{Emoji})[\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu
// Marks that are stacked higher than any language does paint over the lines above.
const STACKED = /(?<=\p{M}{4})\p{M}/gu

/** Shows control, bidirectional and invisible characters as `\u{…}`, so that others' text can't steer the terminal. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, codePointOf).replace(STACKED, codePointOf)
}

/** The same for each line of a text whose line breaks are our own. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n')
}

/** The value as JSON, in which such characters are `\uXXXX`: for a parser the same text, for a terminal harmless. */
export function visibleJson(value: unknown, indent?: number): string {
  // The only one left outside of strings is the line break of an indented text.
  return JSON.stringify(value, null, indent).replace(INVISIBLE, (char) =>
    char === '\n' ? char : char.split('').map(escaped).join(''),
  )
}

function codePointOf(char: string): string {
  return `\\u{${(char.codePointAt(0) as number).toString(16)}}`
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
