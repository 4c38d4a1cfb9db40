// Text that others wrote, made safe to print on a terminal.

// C0 and C1 controls, bidirectional controls and isolates, zero-width and other invisible format characters, tags.
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/** Shows control, bidirectional and invisible characters as `\u{…}`, so that others' text can't steer the terminal. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (char) => `\\u{${(char.codePointAt(0) as number).toString(16)}}`)
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

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
