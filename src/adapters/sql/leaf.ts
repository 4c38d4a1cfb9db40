// An entry made ready to be appended: its text, and the columns that the store looks entries up by.
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Json } from '../../base/canonical-json.ts'
import { SluiceError } from '../../base/errors.ts'
import type { Entry } from '../../terms/entry.ts'

export interface Leaf {
  /** Canonical JSON, at most 2,048 bytes of UTF-8. */
  readonly text: string
  /** The entry's time in epoch milliseconds. */
  readonly time: number
  readonly subject: string | null
  /** The exchange whose outcome is still to come after this entry. */
  readonly opens: string | null
  /** The exchange whose outcome this entry is. */
  readonly closes: string | null
}

const MAX_BYTES = 2048

/** Throws ERR_INTERNAL for an entry that is too large or has no valid time: a bug of whoever made it. */
export function prepareLeaf(entry: Entry): Leaf {
  const text = canonicalJson(entry as unknown as Json)
  // A UTF-16 code unit is at most 3 bytes, so most entries need no counting.
  if (text.length * 3 > MAX_BYTES && Buffer.byteLength(text) > MAX_BYTES) {
    throw new SluiceError('ERR_INTERNAL', `A ${entry.kind} entry is larger than ${MAX_BYTES} bytes.`)
  }
  const time = Date.parse(entry.time)
  if (Number.isNaN(time)) throw new SluiceError('ERR_INTERNAL', `A ${entry.kind} entry has no valid time.`)
  return {
    text,
    time,
    subject: 'subject' in entry ? entry.subject : null,
    opens: entry.kind === 'decision' && entry.effect !== 'deny' ? entry.exchange : null,
    closes: entry.kind === 'outcome' ? entry.exchange : null,
  }
}
