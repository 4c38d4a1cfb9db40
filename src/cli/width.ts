// How many columns text takes in a terminal: East Asian wide characters and emoji two, combining marks none (UAX #11).

// Wide and fullwidth blocks; emoji that are shown as pictures have a property of their own.
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u
const NONE = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11ff\ud7b0-\ud7ff]/u
const PICTURE = /[\p{Emoji_Presentation}\ufe0f]/u
const ASCII = /^[ -~]*$/

// Made when the first such text is met: it takes longer than all the rest of a small command.
let segmenter: Intl.Segmenter | undefined
const characters = (text: string) =>
  (segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })).segment(text)

/** Columns that the text takes. It must be free of colour codes and line breaks. */
export function width(text: string): number {
  if (ASCII.test(text)) return text.length
  let columns = 0
  for (const { segment } of characters(text)) columns += widthOf(segment)
  return columns
}

/** The text, filled up with spaces to so many columns. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}

/** The text where it fits into the columns, else as much of its beginning as does, and the mark; never half a character. */
export function shortened(text: string, columns: number, mark: string): string {
  if (width(text) <= columns) return text
  let left = columns - width(mark)
  let kept = ''
  for (const { segment } of characters(text)) {
    left -= widthOf(segment)
    if (left < 0) break
    kept += segment
  }
  return kept + mark
}

function widthOf(character: string): number {
  // Flags and faces of some skin are several code points, shown as one picture.
  if (PICTURE.test(character)) return 2
  let columns = 0
  for (const point of character) columns += NONE.test(point) ? 0 : WIDE.test(point) ? 2 : 1
  return columns
}
