// One run of a masker over cut text, as a caller runs it: what is settled leaves at once, put together and hashed.
import { crc32 } from 'node:zlib'
import type { Edit, Masker, Settled } from '../../../src/masking/port.ts'

/** So much that is settled is put together before it is hashed. */
const PACKET = 2_048

/** Masks the pieces as one stream, and puts together what leaves, packet by packet; returns the checksum of it. */
export function maskPieces(masker: Masker, pieces: readonly string[]): number {
  const stream = masker.open('text')
  let hash = 0
  // The source from the offset `from` on, and the edits on it.
  let source = ''
  let from = 0
  let edits: readonly Edit[] = []
  const take = ({ through, edits: more }: Settled, isOver = false): void => {
    if (more.length > 0) edits = edits.length === 0 ? more : [...edits, ...more]
    if (through - from < PACKET && !isOver) return
    let out = ''
    let at = from
    for (const { start, end, text } of edits) {
      out += source.slice(at - from, start - from) + text
      at = end
    }
    out += source.slice(at - from, through - from)
    hash = crc32(out, hash)
    source = source.slice(through - from)
    from = through
    edits = []
  }
  for (const piece of pieces) {
    source += piece
    take(stream.write(piece))
  }
  take(stream.end(), true)
  return hash
}

/** The floor: one table look-up a code unit, and nothing else. */
export function bareScan(pieces: readonly string[]): number {
  let sum = 0
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i++) sum += TABLE[piece.charCodeAt(i)] as number
  }
  return sum
}

const TABLE = Uint8Array.from({ length: 65_536 }, (_, unit) => unit & 7)

/** Shorter than this, CPU time can't be told. */
const LEAST_MS = 40

/** The median CPU milliseconds of each piece of work, run in turns, so that a noisy machine is as noisy to all. */
export function inTurns(rounds: number, ...works: readonly (() => unknown)[]): readonly number[] {
  const times = works.map((): number[] => [])
  for (let round = 0; round < rounds; round++) works.forEach((work, i) => times[i]?.push(cpuOf(work)))
  return times.map(median)
}

function cpuOf(work: () => unknown): number {
  const before = process.cpuUsage()
  for (let runs = 1; ; runs++) {
    work()
    const { user, system } = process.cpuUsage(before)
    if (user + system >= LEAST_MS * 1e3) return (user + system) / 1e3 / runs
  }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] as number
}
