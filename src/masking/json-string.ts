// One JSON string on its way through: seen unescaped, masked in its source, no escape ever cut (RFC 8259 section 7).
import { SluiceError } from '../base/errors.ts'
import type { Finding } from '../terms/finding.ts'
import { applyEdits } from './edits.ts'
import { isSpace } from './json-literal.ts'
import type { LeftKeys } from './left-keys.ts'
import type { Edit, Settled } from './port.ts'
import type { Segment } from './text-stream.ts'

const ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
/** Escapes inside of one undecided or growing value; more of them mean that something is wrong. */
const MOST_SHIFTS = 65_536
/** So many units are unescaped before they are looked at. */
const MOST_GATHERED = 4_096
/** Longer keys are masked too, but not kept apart where they collide; of their text, so much is context. */
export const LONGEST_KEY = 1024

export class JsonString {
  state: 'open' | 'closed' | 'broken' = 'open'
  /** Offsets of the source. */
  through: number
  /** What `broken` text begins with: an escape that JSON doesn't have. */
  escape = ''
  /** Once closed: the opening of a value that the string broke off. */
  goesOn: string | undefined
  edits: Edit[] = []
  findings: Finding[] = []
  private readonly openSegment: (first: string) => Segment
  private readonly leftKeys: LeftKeys | undefined
  private readonly skipsSpace: boolean
  /** Of a key: what it reads, unescaped; at least LONGEST_KEY units of it. */
  key = ''
  private keyEdits: Edit[] = []
  private segment: Segment | undefined
  /** Where the segment begins in the source, and how many code units it has. */
  private from: number
  private seen = 0
  /** The last of these, which the segment has yet to see. */
  private gathered = ''
  /** From `seen` units on, the source is `by` further than the segment, because of the escapes before. */
  private shifts = [{ seen: 0, by: 0 }]
  /** Where the last value began that left: what leaves at once is found when it ends, and its shifts are gone by then. */
  private begun = { seen: -1, at: 0 }
  /** The first of the shifts that may still be asked for. */
  private firstShift = 0

  /**
   * `from`: the source's offset after the quote. `leftKeys`: for keys, so that those that come out alike get a suffix.
   * `skipsSpace`: white space before the text is none of it. `openSegment` opens what reads the string, by its first unit.
   */
  constructor(
    from: number,
    leftKeys: LeftKeys | undefined,
    skipsSpace: boolean,
    openSegment: (first: string) => Segment,
  ) {
    this.from = from
    this.through = from
    this.leftKeys = leftKeys
    this.skipsSpace = skipsSpace
    this.openSegment = openSegment
  }

  get isKey(): boolean {
    return this.leftKeys !== undefined
  }

  /** Whether nothing but white space was read. */
  get isBlank(): boolean {
    return !this.segment
  }

  /** Reads on at `text[i]`, to the end of the text or of the string; returns the index after what it read. */
  read(text: string, i: number): number {
    while (i < text.length && this.state === 'open') {
      if (this.escape !== '') {
        this.readEscape(text[i++] as string)
        continue
      }
      let end = i
      while (end < text.length && !isQuoteOrBackslash(text.charCodeAt(end))) end++
      if (end > i) this.gather(text.slice(i, end))
      i = end + 1
      if (text[end] === '"') this.state = 'closed'
      else if (text[end] === '\\') this.escape = '\\'
    }
    this.flush()
    return Math.min(i, text.length)
  }

  /** The string ends, well or not: settles the rest. */
  close(): void {
    // An escape that the end of the text cuts says nothing yet.
    if (this.escape !== '' && this.state === 'open') {
      this.gather(this.escape)
      this.flush()
    }
    if (!this.segment) return
    this.goesOn = this.segment.goesOn?.()
    this.add(this.segment.end())
    if (!this.leftKeys || this.key.length > LONGEST_KEY) return
    const left = this.keyEdits.length > 0 ? applyEdits(this.key, this.keyEdits) : this.key
    const suffix = this.leftKeys.suffix(this.key, left)
    if (suffix !== '') this.edits.push({ start: this.through, end: this.through, text: suffix })
  }

  openFrom(): number {
    return this.segment ? Math.min(this.through, this.source(this.segment.openFrom())) : this.through
  }

  private skips(unit: string): boolean {
    return this.isBlank && this.skipsSpace && isSpace(unit)
  }

  private readEscape(next: string): void {
    this.escape += next
    const unit = unescape(this.escape)
    if (unit === 'broken') this.state = 'broken'
    if (unit === 'broken' || unit === 'unfinished') return
    const { length } = this.escape
    this.escape = ''
    if (this.skips(unit)) {
      this.from += length
      this.through = this.from
      return
    }
    const last = this.shifts.at(-1)?.by ?? 0
    this.shifts.push({ seen: this.seen + 1, by: last + length - 1 })
    this.gather(unit)
  }

  // Most escapes stand alone between a few units: those are read together.
  private gather(units: string): void {
    if (this.isBlank) {
      let spaces = 0
      while (spaces < units.length && this.skips(units[spaces] as string)) spaces++
      this.from += spaces
      this.through = this.from
      if (spaces === units.length) return
      units = units.slice(spaces)
      this.segment = this.openSegment(units[0] as string)
    }
    if (this.leftKeys && this.key.length <= LONGEST_KEY) this.key += units
    this.seen += units.length
    this.gathered += units
    if (this.gathered.length >= MOST_GATHERED) this.flush()
  }

  private flush(): void {
    if (!this.segment || this.gathered === '') return
    const units = this.gathered
    this.gathered = ''
    this.add(this.segment.write(units))
    if (this.shifts.length - this.firstShift <= MOST_SHIFTS) return
    throw new SluiceError('ERR_MASKING_FAILED', 'A JSON string has too many escapes inside of one value.')
  }

  private add({ through, edits, findings }: Settled): void {
    // Before edits: the value that left may be over, and another one begin.
    for (const finding of findings) {
      this.findings.push({ ...finding, start: this.source(finding.start), end: this.source(finding.end) })
    }
    for (const edit of edits) {
      if (this.leftKeys) this.keyEdits.push(edit)
      const start = this.source(edit.start)
      if (edit.text !== '') this.begun = { seen: edit.start, at: start }
      const text = JSON.stringify(edit.text).slice(1, -1)
      this.edits.push({ start, end: this.source(edit.end), text })
    }
    this.through = this.source(through)
    if (this.firstShift === this.shifts.length - 1) return
    const open = this.segment?.openFrom() ?? 0
    while ((this.shifts[this.firstShift + 1]?.seen ?? Infinity) <= open) this.firstShift++
    if (this.firstShift < 64 || 2 * this.firstShift < this.shifts.length) return
    this.shifts = this.shifts.slice(this.firstShift)
    this.firstShift = 0
  }

  private source(seen: number): number {
    if (seen === this.begun.seen) return this.begun.at
    let low = this.firstShift
    let high = this.shifts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.shifts[middle]?.seen ?? 0) <= seen) low = middle
      else high = middle - 1
    }
    return this.from + seen + (this.shifts[low]?.by ?? 0)
  }
}

function isQuoteOrBackslash(unit: number): boolean {
  return unit === 0x22 || unit === 0x5c
}

function unescape(escape: string): string {
  const letter = escape[1] as string
  if (letter !== 'u') return ESCAPES[letter] ?? 'broken'
  if (!/^[0-9A-Fa-f]{0,4}$/.test(escape.slice(2))) return 'broken'
  return escape.length < 6 ? 'unfinished' : String.fromCharCode(Number.parseInt(escape.slice(2), 16))
}
