// One run of a masker over cut text, as a caller runs it: what is settled leaves at once, put together and hashed.
import { crc32 } from 'node:zlib'
import type { Edit, Masker, Settled } from '../../../src/masking/port.ts'

/** So much that is settled is put together before it is hashed. */
const PACKET = 2_048

/** Masks the pieces as one stream, and puts together what leaves, packet by packet; returns the checksum of it. */
export function maskPieces(
  masker: Masker,
  pieces: readonly string[],
  kind: 'text' | 'json' = 'text',
): number {
  const stream = masker.open(kind)
  source.clear()
  packet.clear()
  let hash = 0
  // The offset that the source begins at, and the edits on it.
  let from = 0
  let edits: readonly Edit[] = []
  const take = ({ through, edits: more }: Settled, isOver = false): void => {
    if (more.length > 0) edits = edits.length === 0 ? more : [...edits, ...more]
    if (through - from < PACKET && !isOver) return
    source.write()
    let at = from
    for (const { start, end, text } of edits) {
      packet.take(source, at - from, start - from)
      packet.add(text)
      at = end
    }
    packet.take(source, at - from, through - from)
    hash = packet.leave(hash)
    source.drop(through - from)
    from = through
    edits = []
  }
  for (const piece of pieces) {
    source.add(piece)
    take(stream.write(piece))
  }
  take(stream.end(), true)
  return hash
}

/** Text in UTF-16, as it is sent or kept in memory of one's own. */
class Units {
  private length = 0
  private buffer = Buffer.alloc(2 * PACKET)
  private units = new Uint16Array(this.buffer.buffer, this.buffer.byteOffset, PACKET)
  /** What is not written yet: to write many short texts one by one would cost more than to join them. */
  private tail = ''

  add(text: string): void {
    this.tail += text
  }

  /** Adds units of others, all of whose are written. */
  take(others: Units, from: number, to: number): void {
    this.write()
    const at = this.grow(to - from)
    this.units.set(others.units.subarray(from, to), at)
  }

  write(): void {
    const { tail } = this
    if (tail === '') return
    this.tail = ''
    const at = this.grow(tail.length)
    this.buffer.write(tail, 2 * at, 'utf16le')
  }

  /** Forgets so many of the first. */
  drop(count: number): void {
    this.units.copyWithin(0, count, this.length)
    this.length -= count
  }

  clear(): void {
    this.length = 0
    this.tail = ''
  }

  /** Forgets all; returns the checksum of what left before, which `hash` is, and of this. */
  leave(hash: number): number {
    this.write()
    const { length } = this
    this.length = 0
    return crc32(this.buffer.subarray(0, 2 * length), hash)
  }

  // Makes room for so many more; returns where they go.
  private grow(count: number): number {
    const at = this.length
    this.length += count
    if (this.length > this.units.length) {
      const { units } = this
      this.units = new Uint16Array(2 * this.length)
      this.units.set(units)
      this.buffer = Buffer.from(this.units.buffer)
    }
    return at
  }
}

// As a process has them that is at it for long: memory that is new each time would cost more than what is done in it.
const source = new Units()
const packet = new Units()

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
