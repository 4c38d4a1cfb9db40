// JSON text on its way through (contract, section 9; RFC 8259): every string is a segment of its own, seen unescaped.
import { SluiceError } from '../base/errors.ts'
import { integerDigits } from '../base/integer-digits.ts'
import type { Finding } from '../terms/finding.ts'
import { ContinuedStream } from './continued-stream.ts'
import type { Detector } from './detector.ts'
import { FieldSegment, type Fields } from './fields.ts'
import { JsonString, LONGEST_KEY } from './json-string.ts'
import { isSpace, isStructural, isWholeLiteral, JsonStructure, literalAfter } from './json-structure.ts'
import type { Edit, Settled } from './port.ts'
import { RecentText } from './recent-text.ts'
import { NONE } from './settle.ts'
import { brokenStream, type Segment } from './text-stream.ts'

/** JSON in a string in a string in a string is looked into; deeper, the stream fails. */
const DEEPEST = 3
/** So many units of a number or literal, with the white space after it, wait for what comes next. */
const LONGEST_BARE = 40

/**
 * Numbers and literals wait for the structural character after them, since a number that is masked becomes a string, and
 * since an exponent says what its digits mean; one
 * of more than LONGEST_BARE units is masked where it stands, as raw text, and what follows it is JSON again.
 * A value that a string breaks off is looked for in the next one, where no key stands between.
 * After a syntax error the rest is plain text, from the number or literal on that it is in or right after, and what stood
 * before is its context; but where a field rule held for what is broken the stream fails, since nobody knows where the value ends.
 */
export class JsonStream implements Segment {
  private readonly openText: (before: string) => Segment
  private readonly depth: number
  private readonly fields: Fields
  private readonly structure: JsonStructure
  private at = 0
  private through = 0
  private string: JsonString | undefined
  /** The field rule that holds for the string, number or literal that is being read. */
  private field: Detector | undefined
  /** The number or literal that is being read, with white space after it; it ends at the offset being read. */
  private bare = ''
  private literal = ''
  /** The number that is too long to wait, as raw text, and where it begins. */
  private long: Segment | undefined
  private longFrom = 0
  /** The opening of the value that the string before broke off. */
  private opening: string | undefined
  private rest: Segment | undefined
  private restFrom = 0
  /** The text that is being written, and what stood before it. */
  private piece = ''
  private readonly recent = new RecentText()
  private edits: Edit[] = []
  private findings: Finding[] = []
  private broken = false

  /** `above`: the keys above the text, where it is a string of other JSON. */
  constructor(openText: (before: string) => Segment, fields: Fields, depth = 0, above = '') {
    if (depth > DEEPEST) {
      throw new SluiceError('ERR_NOT_INSPECTABLE', `JSON is nested in strings more than ${DEEPEST} deep.`)
    }
    this.openText = openText
    this.depth = depth
    this.fields = fields
    this.structure = new JsonStructure(fields, above)
  }

  write(text: string): Settled {
    if (this.broken) throw brokenStream()
    this.broken = true
    this.piece = text
    let i = 0
    while (i < text.length) {
      if (this.string) i = this.readString(this.string, text, i)
      else if (this.rest) i = this.readRest(this.rest, text, i)
      else {
        this.readToken(text[i] as string, this.at + i)
        i++
      }
    }
    this.at += text.length
    this.piece = ''
    if (!this.rest) this.recent.add(text)
    this.broken = false
    return this.take()
  }

  end(): Settled {
    if (this.broken) throw brokenStream()
    this.broken = true
    if (this.string) this.closeString(this.string)
    if (this.long) this.endLong(this.long)
    if (this.bare !== '' && !this.closeBare(this.at)) this.breakOff(this.bare)
    if (this.rest) this.add(this.rest.end(), this.restFrom)
    this.through = this.at
    return this.take()
  }

  openFrom(): number {
    if (this.rest) return this.restFrom + this.rest.openFrom()
    if (this.long) return this.longFrom + this.long.openFrom()
    return this.string ? this.string.openFrom() : this.through
  }

  private readToken(unit: string, at: number): void {
    if (this.long) {
      if (!isStructural(unit) && !isSpace(unit)) return this.readLong(this.long, unit)
      this.closeLong(this.long)
      if (this.rest) return this.add(this.rest.write(unit), this.restFrom)
    }
    if (this.bare !== '' ? !isStructural(unit) : this.startsBare(unit)) return this.readBare(unit, at)
    if (this.bare !== '' && !this.closeBare(at, unit)) return this.fail(this.bare + unit, at + 1)
    if (unit === '"') return this.openString(at)
    if (!isSpace(unit) && !this.structure.punctuation(unit)) return this.fail(unit, at + 1)
    this.through = at + 1
  }

  private startsBare(unit: string): boolean {
    return this.structure.wantsValue && !isStructural(unit) && !isSpace(unit)
  }

  private readBare(unit: string, at: number): void {
    if (this.bare === '') this.field = this.structure.field
    const space = isSpace(unit)
    const over = isSpace(this.bare.at(-1) ?? '')
    const literal = space ? this.literal : over ? undefined : literalAfter(this.literal, unit)
    this.bare += unit
    if (literal === undefined) return this.fail(this.bare, at + 1)
    this.literal = literal
    if (this.bare.length <= LONGEST_BARE) return
    if (!space) this.openLong(at + 1)
    else if (!this.closeBare(at + 1)) this.fail(this.bare, at + 1)
  }

  private openLong(at: number): void {
    const { bare } = this
    this.bare = ''
    this.long = this.field ? new FieldSegment(this.field, JSON.stringify) : this.openText(this.context(''))
    this.longFrom = at - bare.length
    this.add(this.long.write(bare), this.longFrom)
  }

  private readLong(long: Segment, unit: string): void {
    const literal = literalAfter(this.literal, unit)
    if (literal === undefined) this.failLong(long)
    else this.literal = literal
    this.add(long.write(unit), this.longFrom)
  }

  private closeLong(long: Segment): void {
    if (!isWholeLiteral(this.literal) || !this.structure.value()) return this.failLong(long)
    this.literal = ''
    this.long = undefined
    this.field = undefined
    this.add(long.end(), this.longFrom)
  }

  private endLong(long: Segment): void {
    if (this.field) this.add(long.end(), this.longFrom)
    else this.closeLong(long)
  }

  private failLong(long: Segment): void {
    if (this.field) throw brokenField(this.field)
    this.long = undefined
    this.rest = long
    this.restFrom = this.longFrom
  }

  // `next` is the structural character after it: where it can't stand there, the number may be part of something else.
  private closeBare(at: number, next?: string): boolean {
    if (!isWholeLiteral(this.literal)) return false
    const literal = this.bare.trimEnd()
    const from = at - this.bare.length
    if (next === undefined || this.structure.mayFollow(next)) this.maskLiteral(literal, from)
    else if (this.field || !this.maskDigits(literal, from)) return false
    this.structure.value()
    this.through = at
    this.bare = ''
    this.literal = ''
    this.field = undefined
    return true
  }

  private maskLiteral(literal: string, from: number): void {
    if (this.field) return literal === 'null' ? undefined : this.maskField(this.field, literal, from)
    if (!this.maskSpelling(literal, literal, from)) this.maskDigits(literal, from)
  }

  // What a number with an exponent says.
  private maskDigits(literal: string, from: number): boolean {
    const digits = /e/i.test(literal) ? integerDigits(literal) : ''
    return digits !== '' && this.maskSpelling(digits, literal, from)
  }

  private maskField(field: Detector, literal: string, from: number): void {
    const segment = new FieldSegment(field, JSON.stringify)
    for (const settled of [segment.write(literal), segment.end()]) this.add(settled, from)
  }

  // The text ends within a number or literal.
  private breakOff(bare: string): void {
    if (this.field) this.maskField(this.field, bare.trimEnd(), this.at - bare.length)
    else this.fail(bare, this.at)
  }

  /** Masks a number by what is found in one of its spellings; says whether anything is. */
  private maskSpelling(spelling: string, literal: string, from: number): boolean {
    const segment = this.openText(this.context(''))
    const steps = [segment.write(spelling), segment.end()]
    const text = steps.flatMap((step) => step.edits.map((edit) => edit.text)).join('')
    if (text === '') return false
    const end = from + literal.length
    this.edits.push({ start: from, end, text: JSON.stringify(text) })
    for (const finding of steps.flatMap((step) => step.findings)) {
      this.findings.push(spelling === literal ? moved(finding, from) : { ...finding, start: from, end })
    }
    return true
  }

  private openString(at: number): void {
    const { structure } = this
    const { field } = structure
    const role = structure.string()
    if (!role) return this.fail('"', at + 1)
    this.through = at + 1
    if (role === 'key') {
      this.string = new JsonString(at + 1, structure.leftKeys, false, () => this.openText(''))
      return
    }
    this.field = field
    this.string = new JsonString(at + 1, undefined, !field, (first) =>
      field
        ? new FieldSegment(field)
        : first === '{' || first === '['
          ? new JsonStream(this.openText, this.fields, this.depth + 1, structure.path)
          : this.openContinued(this.context('"')),
    )
  }

  // A value is seen as if its key stood before it, as it does in most notations.
  private context(quote: string): string {
    const { key } = this.structure
    return key === '' ? '' : `"${key}": ${quote}`
  }

  private openContinued(before: string): Segment {
    const text = this.openText(before)
    return this.opening === undefined ? text : new ContinuedStream(text, this.opening)
  }

  private readString(string: JsonString, text: string, i: number): number {
    const next = string.read(text, i)
    if (string.state === 'open') this.collect(string)
    else this.closeString(string)
    if (string.state === 'closed') {
      this.through = this.at + next
      this.field = undefined
    }
    if (string.state === 'broken') this.fail(string.escape, this.at + next)
    return next
  }

  private closeString(string: JsonString): void {
    string.close()
    if (!string.isBlank) this.opening = string.goesOn
    if (string.isKey) this.structure.key = string.key.slice(0, LONGEST_KEY)
    this.collect(string)
    this.string = undefined
  }

  private collect(string: JsonString): void {
    this.through = string.through
    for (const edit of string.edits.splice(0)) this.edits.push(edit)
    for (const finding of string.findings.splice(0)) this.findings.push(finding)
  }

  // From here on plain text: `unread` was taken for JSON until the offset `at`, and has not left.
  private fail(unread: string, at: number): void {
    const field = this.field ?? this.structure.field
    if (field) throw brokenField(field)
    this.bare = ''
    this.restFrom = at - unread.length
    this.rest = this.openContinued(this.recent.before(this.piece, this.restFrom - this.at))
    this.add(this.rest.write(unread), this.restFrom)
  }

  private readRest(rest: Segment, text: string, i: number): number {
    this.add(rest.write(text.slice(i)), this.restFrom)
    return text.length
  }

  private add(settled: Settled, offset: number): void {
    this.through = offset + settled.through
    for (const edit of settled.edits) this.edits.push(moved(edit, offset))
    for (const finding of settled.findings) this.findings.push(moved(finding, offset))
  }

  private take(): Settled {
    const { through, edits, findings } = this
    if (edits.length > 0) this.edits = []
    if (findings.length > 0) this.findings = []
    return {
      through,
      edits: edits.length > 0 ? edits : NONE,
      findings: findings.length > 0 ? findings : NONE,
    }
  }
}

function brokenField({ name }: Detector): SluiceError {
  return new SluiceError('ERR_NOT_INSPECTABLE', `JSON breaks off in a field that "${name}" masks.`)
}

function moved<T extends { readonly start: number; readonly end: number }>(span: T, by: number): T {
  return { ...span, start: span.start + by, end: span.end + by }
}
