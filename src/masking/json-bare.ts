// The numbers and literals of JSON on their way through (RFC 8259, sections 3 and 6).
import { integerDigits } from '../base/integer-digits.ts'
import type { Detector } from './detector.ts'
import { FieldSegment } from './fields.ts'
import { isSpace, isStructural, isWholeLiteral, literalAfter } from './json-literal.ts'
import type { JsonStructure } from './json-structure.ts'
import type { JsonTexts } from './json-texts.ts'
import { moved, type Outgoing } from './outgoing.ts'
import type { Segment } from './text-stream.ts'

/** So many units of a number or literal, with the white space after it, wait for what comes next. */
export const LONGEST_BARE = 40

/**
 * They wait for the structural character after them, since a number that is masked becomes a string, and since an exponent
 * says what its digits mean; one of more than LONGEST_BARE units is masked where it stands, as raw text.
 */
export class JsonBare {
  /** What is being read, with white space after it, as far as it waits; where it breaks off, all of it. */
  unread = ''
  /** What is too long to wait, as raw text, and where it begins. */
  long: Segment | undefined
  longFrom = 0
  private literal = ''
  private readonly texts: JsonTexts
  private readonly structure: JsonStructure
  private readonly out: Outgoing

  constructor(texts: JsonTexts, structure: JsonStructure, out: Outgoing) {
    this.texts = texts
    this.structure = structure
    this.out = out
  }

  /** Whether one is being read. */
  get isOpen(): boolean {
    return this.unread !== '' || this.long !== undefined
  }

  /** Reads a unit. `over`: it is none of a number or literal, and what was read of one is; `broken`: no JSON goes on so. */
  read(unit: string, at: number): 'read' | 'over' | 'broken' {
    if (this.long) return this.readLong(this.long, unit)
    if (this.unread === '' && !(this.structure.wantsValue && !isStructural(unit) && !isSpace(unit)))
      return 'over'
    if (!isStructural(unit)) return this.readOn(unit, at)
    if (this.close(at, unit)) return 'over'
    this.unread += unit
    return 'broken'
  }

  /** The text ends: says whether it may. */
  end(at: number): boolean {
    const { field } = this.structure
    if (this.long) {
      if (!field) return this.closeLong(this.long)
      this.out.add(this.long.end(), this.longFrom)
    } else if (this.unread !== '' && !this.close(at)) {
      if (!field) return false
      this.maskField(field, this.unread.trimEnd(), at - this.unread.length)
    }
    return true
  }

  private readOn(unit: string, at: number): 'read' | 'broken' {
    const isBlank = isSpace(unit)
    const isOver = isSpace(this.unread.at(-1) ?? '')
    const literal = isBlank ? this.literal : isOver ? undefined : literalAfter(this.literal, unit)
    this.unread += unit
    if (literal === undefined) return 'broken'
    this.literal = literal
    if (this.unread.length <= LONGEST_BARE) return 'read'
    if (isBlank) return this.close(at + 1) ? 'read' : 'broken'
    this.openLong(at + 1)
    return 'read'
  }

  private openLong(at: number): void {
    const { out, structure, texts, unread } = this
    const { field } = structure
    this.unread = ''
    this.long = field ? new FieldSegment(field, JSON.stringify) : texts.open(structure.context(''))
    this.longFrom = at - unread.length
    out.add(this.long.write(unread), this.longFrom)
  }

  private readLong(long: Segment, unit: string): 'read' | 'over' | 'broken' {
    if (isStructural(unit) || isSpace(unit)) return this.closeLong(long) ? 'over' : 'broken'
    const literal = literalAfter(this.literal, unit)
    if (literal === undefined) return 'broken'
    this.literal = literal
    this.out.add(long.write(unit), this.longFrom)
    return 'read'
  }

  private closeLong(long: Segment): boolean {
    if (!isWholeLiteral(this.literal) || !this.structure.value()) return false
    this.literal = ''
    this.long = undefined
    this.out.add(long.end(), this.longFrom)
    return true
  }

  // `next` is the structural character after it: where it can't stand there, the number may be part of something else.
  private close(at: number, next?: string): boolean {
    if (!isWholeLiteral(this.literal)) return false
    const { structure } = this
    const literal = this.unread.trimEnd()
    const from = at - this.unread.length
    if (next === undefined || structure.mayFollow(next)) this.mask(literal, from)
    else if (structure.field || !this.maskDigits(literal, from)) return false
    structure.value()
    this.out.through = at
    this.unread = ''
    this.literal = ''
    return true
  }

  private mask(literal: string, from: number): void {
    const { field } = this.structure
    if (!field) return void (this.maskSpelling(literal, literal, from) || this.maskDigits(literal, from))
    if (literal !== 'null') this.maskField(field, literal, from)
  }

  // What a number with an exponent says.
  private maskDigits(literal: string, from: number): boolean {
    const digits = /e/i.test(literal) ? integerDigits(literal) : ''
    return digits !== '' && this.maskSpelling(digits, literal, from)
  }

  private maskField(field: Detector, literal: string, from: number): void {
    const segment = new FieldSegment(field, JSON.stringify)
    for (const settled of [segment.write(literal), segment.end()]) this.out.add(settled, from)
  }

  /** Masks a number by what is found in one of its spellings; says whether anything is. */
  private maskSpelling(spelling: string, literal: string, from: number): boolean {
    const { out, structure, texts } = this
    const before = structure.context('')
    if (texts.isPlain(before, spelling, 0, spelling.length)) return false
    const segment = texts.open(before)
    const steps = [segment.write(spelling), segment.end()]
    const text = steps.flatMap((step) => step.edits.map((edit) => edit.text)).join('')
    if (text === '') return false
    const end = from + literal.length
    out.edits.push({ start: from, end, text: JSON.stringify(text) })
    for (const finding of steps.flatMap((step) => step.findings)) {
      out.findings.push(spelling === literal ? moved(finding, from) : { ...finding, start: from, end })
    }
    return true
  }
}
