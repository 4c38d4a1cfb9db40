// One run of a masker over cut text, as a caller runs it: what is settled leaves at once, put together and hashed.
import { crc32 } from 'node:zlib'
import type { Masker, Settled } from '../../../src/masking/port.ts'

/** So much that has left is put together before it is hashed. */
const PACKET = 2_048

/** Masks the pieces as one stream; returns the checksum of what left. */
export function maskPieces(masker: Masker, pieces: readonly string[]): number {
  const stream = masker.open('text')
  let hash = 0
  let out = ''
  let held = ''
  let from = 0
  const take = ({ through, edits }: Settled): void => {
    const length = through - from
    if (length === 0) return
    const settled = held.length === length ? held : held.slice(0, length)
    held = held.length === length ? '' : held.slice(length)
    if (edits.length === 0) out += settled
    else {
      let at = 0
      for (const { start, end, text } of edits) {
        out += settled.slice(at, start - from) + text
        at = end - from
      }
      out += settled.slice(at)
    }
    from = through
    if (out.length < PACKET) return
    hash = crc32(out, hash)
    out = ''
  }
  for (const piece of pieces) {
    held = held === '' ? piece : held + piece
    take(stream.write(piece))
  }
  take(stream.end())
  return crc32(out, hash)
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
