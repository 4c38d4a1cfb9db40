// Runs the masker over the pieces of a whole document: a request, or a reply that is not streamed.
import type { Piece, Reading } from '../dialects/dialect.ts'
import type { Edit, Masker } from '../masking/port.ts'
import type { Finding, FindingCounts } from '../terms/finding.ts'

export interface Inspection {
  readonly findings: FindingCounts
  /** Findings in what can't be rewritten: ids, roles, names, keys. */
  readonly structure: FindingCounts
  /** New texts of the pieces that change, by their position. */
  readonly texts: ReadonlyMap<number, string>
}

const CLEAN: Inspection = { findings: {}, structure: {}, texts: new Map() }

/** Masks every channel. Adjacent pieces of one channel are scanned joined, with and without a newline between. */
export function inspect(masker: Masker | undefined, reading: Reading): Inspection {
  if (!masker) return CLEAN
  const { pieces } = reading
  const findings: Record<string, number> = {}
  const texts = new Map<number, string>()
  for (let from = 0; from < pieces.length;) {
    const first = pieces[from] as Piece
    let to = from + 1
    while (to < pieces.length && (pieces[to] as Piece).channel.key === first.channel.key) to++
    const edits =
      to === from + 1
        ? maskOne(masker, first, findings)
        : maskJoined(masker, pieces.slice(from, to), findings)
    if (edits.length > 0) applyToPieces(pieces, from, to, edits, texts)
    from = to
  }
  return { findings, structure: inspectStructure(masker, reading.structure), texts }
}

/** Findings in ids, roles, names and keys. */
export function inspectStructure(masker: Masker, structure: string): FindingCounts {
  const counts: Record<string, number> = {}
  if (structure !== '') count(masker.mask(structure).findings, counts)
  return counts
}

/** Counts findings by detector into `counts`. */
export function count(findings: readonly Finding[], counts: Record<string, number>): void {
  for (const { detector } of findings) counts[detector] = (counts[detector] ?? 0) + 1
}

function maskOne(masker: Masker, piece: Piece, counts: Record<string, number>): readonly Edit[] {
  const masked = masker.mask(piece.text, piece.channel.kind)
  count(masked.findings, counts)
  return masked.edits
}

function maskJoined(
  masker: Masker,
  parts: readonly Piece[],
  counts: Record<string, number>,
): readonly Edit[] {
  const texts = parts.map((part) => part.text)
  const plain = masker.mask(texts.join(''))
  const lined = masker.mask(texts.join('\n'))
  // Positions in the lined text → positions in the plain one: take away the newlines that come before.
  const breaks: number[] = []
  let at = 0
  for (const text of texts.slice(0, -1)) breaks.push((at += text.length) + breaks.length)
  const back = (position: number) => position - breaks.filter((newline) => newline < position).length
  const moved = lined.edits.map((edit) => ({ start: back(edit.start), end: back(edit.end), text: edit.text }))
  const fresh = lined.findings.filter(
    (finding) =>
      !plain.findings.some((seen) => seen.start < back(finding.end) && back(finding.start) < seen.end),
  )
  count([...plain.findings, ...fresh], counts)
  return unite([...plain.edits, ...moved])
}

/** Overlapping edits as their union under the earliest one's text; edits that merely touch stay apart. */
function unite(edits: readonly Edit[]): Edit[] {
  const united: Edit[] = []
  for (const edit of edits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = united.at(-1)
    if (last && edit.start < last.end)
      united[united.length - 1] = { ...last, end: Math.max(last.end, edit.end) }
    else united.push(edit)
  }
  return united
}

/** Cuts edits of the joined text at the pieces' borders: the first touched piece gets the placeholder. */
function applyToPieces(
  pieces: readonly Piece[],
  from: number,
  to: number,
  edits: readonly Edit[],
  texts: Map<number, string>,
): void {
  let start = 0
  for (let index = from; index < to; index++) {
    const { text } = pieces[index] as Piece
    const changed = applyEdits(text, start, edits)
    if (changed !== undefined) texts.set(index, changed)
    start += text.length
  }
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
