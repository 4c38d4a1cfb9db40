// Keys that only look like known ones: what one reader takes for `messages` and another for nothing could carry text past
// inspection, or turn a switch on unseen.
import { SluiceError } from '../base/errors.ts'
import type { JsonNode } from './json.ts'

// Nearly every key: what is spelled so is no look-alike of another.
const PLAIN = /^[a-z0-9_$]*$/
const UNSEEN = /[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Throws ERR_REQUEST_INVALID for a key that is not `guarded` but would be for a reader who ignores case (U+017F and
 * U+212A fold to ASCII), width, white space or what is not seen. Below `free` keys, names are the caller's own.
 */
export function refuseLookalikes(
  node: JsonNode,
  guarded: ReadonlySet<string>,
  free: ReadonlySet<string>,
): void {
  if (node.kind === 'array') {
    for (const item of node.items) refuseLookalikes(item, guarded, free)
  } else if (node.kind === 'object') {
    for (const { key, value } of node.members) {
      if (!PLAIN.test(key.value)) refuseLookalike(key.value, key.start, guarded)
      if (!free.has(key.value)) refuseLookalikes(value, guarded, free)
    }
  }
}

function refuseLookalike(key: string, offset: number, guarded: ReadonlySet<string>): void {
  if (guarded.has(key)) return
  // Up and down again: some letters meet only above (U+0131 is I there).
  const folded = key.normalize('NFKC').replace(UNSEEN, '').toUpperCase().toLowerCase()
  if (!guarded.has(folded)) return
  throw new SluiceError(
    'ERR_REQUEST_INVALID',
    `A key at offset ${offset} of the request body is spelled almost like "${folded}".`,
    { nextSteps: [`Spell it "${folded}", in lower-case ASCII.`] },
  )
}
