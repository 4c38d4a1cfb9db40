// Edits on a text.
import type { Edit } from './port.ts'

/** The text with its edits made. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at)
}

/** The same edits, where a piece that only continues the one before it is one with it. */
export function joinPieces(edits: readonly Edit[]): readonly Edit[] {
  const joined: Edit[] = []
  for (const edit of edits) {
    const last = joined.at(-1)
    if (last && edit.text === '' && edit.start === last.end)
      joined[joined.length - 1] = { ...last, end: edit.end }
    else joined.push(edit)
  }
  return joined
}
