// What a verification came to, in sentences that claim no more than was proved.
import { SluiceError } from '../base/errors.ts'

/** What is told of a verified ledger; as audit/verify/verify-ledger.ts has it. */
interface Verified {
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly root: Uint8Array }
  readonly from: number
  readonly isSigned: boolean
  readonly anchor: { readonly size: number; readonly source: string } | undefined
}

interface VerifiedView {
  readonly sentence: string
  readonly anchorSentence: string
  /** What is known of entries that are not shown. */
  readonly complete: string
  readonly json: { readonly [name: string]: string | number | boolean }
}

export function verifiedView({ checkpoint, from, anchor, isSigned }: Verified): VerifiedView {
  const { origin, size, root } = checkpoint
  const looked = size - from
  const before = from === 0 ? '' : `, those from ${from} on; the ${from} before them by their hashes alone`
  const { size: seen = 0, source = '' } = anchor ?? {}
  return {
    sentence: `${counted(looked, 'entry', 'entries')} of ${origin}${before}; the checkpoint of ${size} is signed and covers them all`,
    anchorSentence: `${seen === size ? 'it is the checkpoint' : `it extends the checkpoint of ${seen}`} ${source}`,
    complete: from === 0 ? 'none is left out' : `none is left out from entry ${from} on`,
    json: {
      origin,
      size,
      root: Buffer.from(root).toString('base64'),
      from,
      entries: looked,
      isSigned,
      ...(anchor && { anchorSize: seen, anchorSource: source }),
    },
  }
}

/** ERR_LEDGER_UNANCHORED: nothing is wrong, but what was there before nobody knows. */
export function unanchored({ checkpoint, isSigned, anchor }: Verified, view: VerifiedView): SluiceError {
  const { origin, size } = checkpoint
  const why = isSigned
    ? 'its key signed it, but with no checkpoint seen before nothing tells a fork, or an older copy'
    : anchor
      ? `it extends the checkpoint ${anchor.source}, but without the ledger’s key nothing tells who made the rest`
      : 'without the ledger’s key and a checkpoint seen before, anyone may have made it'
  const message = `Consistent, unanchored: the ${counted(size, 'entry', 'entries')} of ${origin} agree with each other; ${why}.`
  return new SluiceError('ERR_LEDGER_UNANCHORED', message, {
    details: { status: 'consistent, unanchored', ...view.json },
    nextSteps: [
      ...(isSigned ? [] : ['Get the ledger’s key from its operator: --vkey']),
      ...(anchor ? [] : ['Get a checkpoint that someone else has kept: --checkpoint']),
    ],
  })
}

/** What is told of a session's entries. Throws ERR_NOT_FOUND where there are none. */
export function sessionView(
  session: string,
  found: readonly { readonly index: number; readonly entry: { readonly kind: string } }[],
  open: readonly string[],
  complete: string,
) {
  const first = found[0]?.index
  const last = found.at(-1)?.index
  if (first === undefined || last === undefined) {
    throw new SluiceError('ERR_NOT_FOUND', `There is no entry of session ${session}; ${complete}.`, {
      nextSteps: ['sluice audit tail --no-follow --json, to see which sessions there are'],
    })
  }
  const isClosed = found.some(({ entry }) => entry.kind === 'session-closed')
  const outcomes =
    open.length === 0 ? 'every decision has its outcome' : `without an outcome: ${open.join(', ')}`
  const range = first === last ? `#${first}` : `#${first} to #${last}`
  return {
    sentence: `${counted(found.length, 'entry', 'entries')}, ${range}; ${outcomes}; ${isClosed ? 'closed' : 'not closed'}; ${complete}`,
    json: { id: session, entries: found.map(({ index }) => index), withoutOutcome: open, isClosed, complete },
  }
}

/** `1 entry`, `1204 entries`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}
