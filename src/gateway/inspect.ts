// Runs the masker over the pieces of a whole document: a request, or a reply that is not streamed.
import { SluiceError } from '../base/errors.ts'
import type { Piece, Reading } from '../dialects/dialect.ts'
import type { Edit, Masker } from '../masking/port.ts'
import { channelName } from '../dialects/channel-names.ts'
import type { ChannelFindings, Finding, FindingCounts } from '../terms/finding.ts'
import { maskLong, maskWhole } from './mask-whole.ts'

export interface Inspection {
  readonly findings: FindingCounts
  readonly channels: ChannelFindings
  /** Findings in what can't be rewritten: ids, roles, names, keys, numbers. */
  readonly structure: FindingCounts
  /** What the masker could not look into, in its own words. */
  readonly opaque: readonly string[]
  /** New texts of the pieces that change, by their position. */
  readonly texts: ReadonlyMap<number, string>
}

const CLEAN: Inspection = { findings: {}, channels: {}, structure: {}, opaque: [], texts: new Map() }

/** Masks every channel. Pieces of one channel are scanned joined, with and without a newline between. */
export function inspect(masker: Masker | undefined, reading: Reading): Inspection {
  if (!masker) return CLEAN
  const found = new ByChannel()
  const texts = new Map<number, string>()
  try {
    for (const indices of channelsOf(reading.pieces)) {
      const pieces = indices.map((index) => reading.pieces[index] as Piece)
      const counts = found.of((pieces[0] as Piece).channel.key)
      const edits = pieces.length === 1 ? maskOne(masker, pieces, counts) : maskJoined(masker, pieces, counts)
      if (edits.length > 0) applyToPieces(pieces, indices, edits, texts)
    }
    const { findings, channels } = found
    const structure = inspectStructure(masker, reading.structure)
    return { findings, channels, structure, opaque: [], texts }
  } catch (thrown) {
    if (thrown instanceof SluiceError && thrown.code === 'ERR_NOT_INSPECTABLE') {
      return { ...CLEAN, opaque: [thrown.message] }
    }
    throw thrown
  }
}

/** Counts of findings by channel, as they come. */
export class ByChannel {
  private readonly counts: Record<string, Record<string, number>> = {}

  /** The counts of the channel with this key, to count up. */
  of(key: string): Record<string, number> {
    return (this.counts[channelName(key)] ??= {})
  }

  /** Those of all channels together. */
  get findings(): FindingCounts {
    const sums: Record<string, number> = {}
    for (const counts of Object.values(this.counts)) {
      for (const [detector, n] of Object.entries(counts)) sums[detector] = (sums[detector] ?? 0) + n
    }
    return sums
  }

  get channels(): ChannelFindings {
    return Object.fromEntries(
      Object.entries(this.counts).filter(([, counts]) => Object.keys(counts).length > 0),
    )
  }
}

/** Findings in ids, roles, names, keys and numbers. */
export function inspectStructure(masker: Masker, structure: string): FindingCounts {
  const counts: Record<string, number> = {}
  if (structure !== '') count(maskLong(masker, 'text', structure).findings, counts)
  return counts
}

/** Counts findings by detector into `counts`. */
export function count(findings: readonly Finding[], counts: Record<string, number>): void {
  for (const { detector } of findings) counts[detector] = (counts[detector] ?? 0) + 1
}

/** Positions of the pieces, by channel, in the order of the document. */
function channelsOf(pieces: readonly Piece[]): Iterable<readonly number[]> {
  const channels = new Map<string, number[]>()
  pieces.forEach(({ channel }, index) => {
    const indices = channels.get(channel.key)
    if (indices) indices.push(index)
    else channels.set(channel.key, [index])
  })
  return channels.values()
}

function maskOne(masker: Masker, [piece]: readonly Piece[], counts: Record<string, number>): readonly Edit[] {
  if (!piece) return []
  const { edits, findings } = maskWhole(masker, piece.channel, piece.text)
  count(findings, counts)
  return edits
}

function maskJoined(
  masker: Masker,
  parts: readonly Piece[],
  counts: Record<string, number>,
): readonly Edit[] {
  const { channel } = parts[0] as Piece
  const texts = parts.map((part) => part.text)
  const plain = maskWhole(masker, channel, texts.join(''))
  const lined = maskWhole(masker, channel, texts.join('\n'))
  const back = withoutNewlines(texts)
  const moved = lined.edits.map(({ start, end, text }) => ({ start: back(start), end: back(end), text }))
  count(plain.findings, counts)
  count(newFindings(plain.findings, lined.findings, back), counts)
  return unite([...plain.edits, ...moved])
}

/** Positions in the lined text → positions in the joined one: takes away the newlines that come before. */
function withoutNewlines(texts: readonly string[]): (position: number) => number {
  const breaks: number[] = []
  let at = 0
  for (const text of texts.slice(0, -1)) breaks.push((at += text.length) + breaks.length)
  return (position) => {
    let low = 0
    let high = breaks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((breaks[middle] as number) < position) low = middle + 1
      else high = middle
    }
    return position - low
  }
}

/** Findings of the lined text that overlap none of the joined one. */
function newFindings(
  plain: readonly Finding[],
  lined: readonly Finding[],
  back: (position: number) => number,
): Finding[] {
  const known = plain.toSorted((a, b) => a.start - b.start)
  const fresh: Finding[] = []
  let at = 0
  for (const finding of lined.toSorted((a, b) => a.start - b.start)) {
    const start = back(finding.start)
    while (at < known.length && (known[at] as Finding).end <= start) at++
    const next = known[at]
    if (!next || next.start >= back(finding.end)) fresh.push(finding)
  }
  return fresh
}

/** Overlapping edits as their union under the earliest one's text; edits that merely touch stay apart. */
function unite(edits: readonly Edit[]): Edit[] {
  const united: Edit[] = []
  for (const edit of edits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = united.at(-1)
    if (last && edit.start < last.end) {
      united[united.length - 1] = { ...last, end: Math.max(last.end, edit.end) }
    } else united.push(edit)
  }
  return united
}

/** Cuts edits of the joined text at the pieces' borders: the first touched piece gets the placeholder. */
function applyToPieces(
  pieces: readonly Piece[],
  indices: readonly number[],
  edits: readonly Edit[],
  texts: Map<number, string>,
): void {
  let start = 0
  let first = 0
  pieces.forEach(({ text }, position) => {
    const end = start + text.length
    while (first < edits.length && (edits[first] as Edit).end <= start) first++
    let last = first
    while (last < edits.length && (edits[last] as Edit).start < end) last++
    const changed = applyEdits(text, start, edits.slice(first, last))
    if (changed !== undefined) texts.set(indices[position] as number, changed)
    start = end
  })
}

/** `text`, which begins at `offset` of its channel, with edits applied; undefined where none touches it. */
export function applyEdits(text: string, offset: number, edits: readonly Edit[]): string | undefined {
  const end = offset + text.length
  let out = ''
  let at = offset
  let touched = false
  for (const edit of edits) {
    if (edit.end <= offset || edit.start >= end) continue
    touched = true
    if (edit.start >= offset) out += text.slice(at - offset, edit.start - offset) + edit.text
    at = Math.min(edit.end, end)
  }
  return touched ? out + text.slice(at - offset) : undefined
}
