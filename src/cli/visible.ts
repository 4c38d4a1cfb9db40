// Text that others wrote, made safe to print on a terminal.

// C0 and C1 controls, bidirectional controls and isolates, zero-width and other invisible format characters.
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

/** Shows control, bidirectional and invisible characters as `\u{…}`, so that others' text can't steer the terminal. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (unit) => `\\u{${unit.charCodeAt(0).toString(16)}}`)
}
