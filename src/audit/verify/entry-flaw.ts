// Whether bytes are an entry in its one spelling: canonical JSON (RFC 8785), told without making a value of it.
import { isUtf8 } from 'node:buffer'

const NOT_CANONICAL = 'is not canonical JSON'
const NOT_AN_ENTRY = 'is no entry: it lacks kind, time or version'
/** Entries are flat; this is so that no bytes can exhaust the stack. */
const DEEPEST = 32

const QUOTE = 0x22
const BACKSLASH = 0x5c
const ESCAPED = new Set([...'"\\bfnrt'].map((letter) => letter.charCodeAt(0)))
/** The control characters that have a short escape. */
const SHORT = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d])
/** 1 for what stands in a string as it is, and is ASCII. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH),
)
const KIND = Buffer.from('"kind"')
const TIME = Buffer.from('"time"')
const VERSION = Buffer.from('"v"')
const utf8 = new TextDecoder()

/** What is wrong with the entry at bytes `from` to `to`, as a predicate; undefined where it is one. */
export function entryFlaw(bytes: Uint8Array, from: number, to: number): string | undefined {
  const reader = new Reader(bytes, from, to)
  if (!reader.object(0) || reader.at !== to) return NOT_CANONICAL
  if (reader.beyondAscii && !isUtf8(bytes.subarray(from, to))) return NOT_CANONICAL
  return reader.isEntry ? undefined : NOT_AN_ENTRY
}

/** Reads on from `at`; each method says whether what stands there is in its one spelling, and leaves `at` behind it. */
class Reader {
  at: number
  beyondAscii = false
  private readonly bytes: Uint8Array
  private readonly end: number
  private hasKind = false
  private hasTime = false
  private hasVersion = false
  /** Whether the string that was read last has escapes, or goes beyond ASCII. */
  private wasPlain = true

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.bytes = bytes
    this.at = from
    this.end = to
  }

  get isEntry(): boolean {
    return this.hasKind && this.hasTime && this.hasVersion
  }

  object(depth: number): boolean {
    if (!this.take(0x7b) || depth > DEEPEST) return false
    if (this.take(0x7d)) return true
    let before = -1
    let beforeEnd = -1
    let beforePlain = true
    do {
      const key = this.at
      if (!this.string()) return false
      const keyEnd = this.at
      const plain = this.wasPlain
      if (before >= 0) {
        const ascends =
          plain && beforePlain
            ? this.bytesAscend(before + 1, beforeEnd - 1, key + 1, keyEnd - 1)
            : this.textOf(before, beforeEnd) < this.textOf(key, keyEnd)
        if (!ascends) return false
      }
      before = key
      beforeEnd = keyEnd
      beforePlain = plain
      if (!this.take(0x3a)) return false
      const value = this.at
      if (!this.value(depth)) return false
      if (depth === 0) this.notice(key, value)
    } while (this.take(0x2c))
    return this.take(0x7d)
  }

  private array(depth: number): boolean {
    if (!this.take(0x5b) || depth > DEEPEST) return false
    if (this.take(0x5d)) return true
    do if (!this.value(depth)) return false
    while (this.take(0x2c))
    return this.take(0x5d)
  }

  private value(depth: number): boolean {
    switch (this.bytes[this.at]) {
      case QUOTE:
        return this.string()
      case 0x7b:
        return this.object(depth + 1)
      case 0x5b:
        return this.array(depth + 1)
      case 0x74:
        return this.word('true')
      case 0x66:
        return this.word('false')
      case 0x6e:
        return this.word('null')
      default:
        return this.number()
    }
  }

  private string(): boolean {
    const { bytes, end } = this
    this.wasPlain = true
    if (!this.take(QUOTE)) return false
    for (let at = this.at; ; at++) {
      while (PLAIN[bytes[at] as number] === 1) at++
      if (at >= end) return false
      const byte = bytes[at] as number
      if (byte === QUOTE) {
        this.at = at + 1
        return true
      }
      if (byte < 0x20) return false
      if (byte === BACKSLASH) {
        this.wasPlain = false
        const length = this.escape(at + 1)
        if (length === 0) return false
        at += length
      } else if (byte >= 0x80) {
        this.wasPlain = false
        this.beyondAscii = true
      }
    }
  }

  /** How many bytes the escape has behind its backslash; 0 where it has another spelling, or says a lone surrogate. */
  private escape(at: number): number {
    const letter = this.bytes[at] as number
    if (ESCAPED.has(letter)) return 1
    if (letter !== 0x75) return 0
    const digits = String.fromCharCode(...this.bytes.subarray(at + 1, at + 5))
    return /^00[01][0-9a-f]$/.test(digits) && !SHORT.has(parseInt(digits, 16)) ? 5 : 0
  }

  private number(): boolean {
    const from = this.at
    const first = this.bytes[from] as number
    // Most are of one digit.
    if (first >= 0x30 && first <= 0x39 && !isOfNumber(this.bytes[from + 1] as number)) {
      this.at++
      return true
    }
    // Digits, signs, point and exponent.
    while (this.at < this.end && isOfNumber(this.bytes[this.at] as number)) this.at++
    const text = String.fromCharCode(...this.bytes.subarray(from, this.at))
    return text !== '' && String(Number(text)) === text
  }

  private word(word: string): boolean {
    for (let i = 0; i < word.length; i++) if (!this.take(word.charCodeAt(i))) return false
    return true
  }

  private take(byte: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== byte) return false
    this.at++
    return true
  }

  private notice(key: number, value: number): void {
    const first = this.bytes[key + 1]
    const isText = this.bytes[value] === QUOTE
    if (first === 0x6b) this.hasKind ||= isText && this.isAt(key, KIND)
    else if (first === 0x74) this.hasTime ||= isText && this.isAt(key, TIME)
    else if (first === 0x76) this.hasVersion ||= !isText && this.isAt(key, VERSION)
  }

  private isAt(at: number, expected: Uint8Array): boolean {
    for (let i = 0; i < expected.length; i++) if (this.bytes[at + i] !== expected[i]) return false
    return true
  }

  private textOf(from: number, to: number): string {
    return JSON.parse(utf8.decode(this.bytes.subarray(from, to))) as string
  }

  private bytesAscend(a: number, aEnd: number, b: number, bEnd: number): boolean {
    const { bytes } = this
    for (; a < aEnd && b < bEnd; a++, b++) {
      const difference = (bytes[a] as number) - (bytes[b] as number)
      if (difference !== 0) return difference < 0
    }
    return a === aEnd && b < bEnd
  }
}

function isOfNumber(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x65
}
