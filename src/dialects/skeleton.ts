// The shape that successive events of a stream share: an event of the same shape needs no JSON reading of its own.
import type { EventReading, Piece } from './dialect.ts'

/** Something between two fixed parts of the shape: the text, or a number or time stamp that changes with every event. */
export interface Slot {
  readonly kind: 'text' | 'number' | 'time'
  /** Its span in the event that the shape is taken from: of a string without its quotes. */
  readonly start: number
  readonly end: number
}

/**
 * Invariant: an event that fits has the JSON structure of the first one, which was inspected; only the text differs,
 * and numbers and time stamps that can hold no value.
 */
export class Skeleton {
  private readonly parts: readonly string[]
  private readonly slots: readonly Slot[]
  private readonly text: Piece

  /** `slots` is in order, with one text among them, which is that of `text`. */
  constructor(data: string, slots: readonly Slot[], text: Piece) {
    const starts = [0, ...slots.map(({ end }) => end)]
    const ends = [...slots.map(({ start }) => start), data.length]
    this.parts = starts.map((start, i) => flat(data.slice(start, ends[i])))
    this.slots = slots
    this.text = text
  }

  /** The event's only piece, or undefined where the event is of another shape. */
  read(data: string): EventReading | undefined {
    const { parts, slots } = this
    const head = parts[0] as string
    if (!holds(data, head, 0)) return undefined
    let at = head.length
    let start = 0
    let end = 0
    let escaped = false
    for (let i = 0; i < slots.length; i++) {
      const { kind } = slots[i] as Slot
      if (kind === 'text') {
        start = at
        for (; ; at++) {
          const unit = data.charCodeAt(at)
          if (unit === 0x22) break
          if (!(unit >= 0x20)) return undefined
          if (unit === 0x5c) {
            escaped = true
            at++
          }
        }
        end = at
      } else {
        const pattern = kind === 'number' ? NUMBER : TIME
        pattern.lastIndex = at
        if (!pattern.test(data)) return undefined
        at = pattern.lastIndex
      }
      const part = parts[i + 1] as string
      if (!holds(data, part, at)) return undefined
      at += part.length
    }
    if (at !== data.length) return undefined
    let text = data.slice(start, end)
    if (escaped) {
      if (!STRING_BODY.test(text)) return undefined
      text = JSON.parse(`"${text}"`) as string
    }
    const { channel } = this.text
    return {
      pieces: [{ channel, text, start: start - 1, end: end + 1 }],
      structure: '',
      opaque: NONE,
      tokens: undefined,
      ends: NONE,
      rests: NONE,
      own: undefined,
      terminal: false,
      dropped: false,
    }
  }
}

const NUMBER = /(?:0|[1-9]\d{0,11})(?![\d.eE])/y
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)/y
const STRING_BODY = /^(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*$/

const NONE: readonly string[] = []
/** Compares a slice, which V8 does by whole words; startsWith goes unit by unit. */
function holds(data: string, part: string, at: number): boolean {
  return data.slice(at, at + part.length) === part
}

/** The same string, in memory of its own: V8 compares a slice of another string several times slower. */
function flat(text: string): string {
  return Buffer.from(text).toString()
}
