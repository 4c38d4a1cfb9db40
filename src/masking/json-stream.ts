// JSON text on its way through (contract, section 9; RFC 8259): every string is a segment of its own, seen unescaped.
import { SluiceError } from '../base/errors.ts'
import { ContinuedStream } from './continued-stream.ts'
import type { Detector } from './detector.ts'
import { FieldSegment, type Fields } from './fields.ts'
import { JsonBare } from './json-bare.ts'
import { isSpace } from './json-literal.ts'
import { JsonString, LONGEST_KEY } from './json-string.ts'
import { JsonStructure } from './json-structure.ts'
import type { JsonTexts } from './json-texts.ts'
import { walk } from './json-walk.ts'
import { Outgoing } from './outgoing.ts'
import type { Settled } from './port.ts'
import { RecentText } from './recent-text.ts'
import { brokenStream, type Segment } from './text-stream.ts'

/** JSON in a string in a string in a string is looked into; deeper, the stream fails. */
const DEEPEST = 3

/**
 * A value that a string breaks off is looked for in the next one, where no key stands between.
 * After a syntax error the rest is plain text, from the number or literal on that it is in or right after, and what stood
 * before is its context; but where a field rule held for what is broken the stream fails, since nobody knows where the value ends.
 */
export class JsonStream implements Segment {
  private readonly texts: JsonTexts
  private readonly depth: number
  private readonly fields: Fields
  private readonly structure: JsonStructure
  private readonly out = new Outgoing()
  private readonly bare: JsonBare
  private at = 0
  private string: JsonString | undefined
  /** The field rule that holds for the string that is being read. */
  private field: Detector | undefined
  /** The opening of the value that the string before broke off. */
  private opening: string | undefined
  private rest: Segment | undefined
  private restFrom = 0
  /** The text that is being written, and what stood before it. */
  private piece = ''
  private readonly recent = new RecentText()
  private broken = false

  /** `above`: the keys above the text, where it is a string of other JSON. */
  constructor(texts: JsonTexts, fields: Fields, depth = 0, above = '') {
    if (depth > DEEPEST) {
      throw new SluiceError('ERR_NOT_INSPECTABLE', `JSON is nested in strings more than ${DEEPEST} deep.`)
    }
    this.texts = texts
    this.depth = depth
    this.fields = fields
    this.structure = new JsonStructure(fields, above)
    this.bare = new JsonBare(texts, this.structure, this.out)
  }

  write(text: string): Settled {
    if (this.broken) throw brokenStream()
    this.broken = true
    this.piece = text
    for (let i = 0; i < text.length;) i = this.readOn(text, i)
    this.at += text.length
    this.piece = ''
    if (!this.rest) this.recent.add(text)
    this.broken = false
    return this.out.take()
  }

  end(): Settled {
    if (this.broken) throw brokenStream()
    this.broken = true
    if (this.string) this.closeString(this.string)
    if (!this.rest && !this.bare.end(this.at)) this.breakOff('', this.at)
    if (this.rest) this.out.add(this.rest.end(), this.restFrom)
    this.out.through = this.at
    return this.out.take()
  }

  openFrom(): number {
    if (this.rest) return this.restFrom + this.rest.openFrom()
    if (this.bare.long) return this.bare.longFrom + this.bare.long.openFrom()
    return this.string ? this.string.openFrom() : this.out.through
  }

  // Reads at least one unit; returns the index after what it read.
  private readOn(text: string, i: number): number {
    if (this.string) return this.readString(this.string, text, i)
    if (this.rest) return this.readRest(this.rest, text, i)
    const next =
      this.bare.isOpen || this.opening !== undefined ? i : walk(this.structure, this.texts, text, i)
    if (next === i) this.readToken(text[i] as string, this.at + i)
    else this.out.through = this.at + next
    return next === i ? i + 1 : next
  }

  private readToken(unit: string, at: number): void {
    const read = this.bare.read(unit, at)
    if (read === 'read') return
    if (read === 'broken') return this.breakOff(unit, at + 1)
    if (unit === '"') return this.openString(at)
    if (!isSpace(unit) && !this.structure.punctuation(unit)) return this.fail(unit, at + 1)
    this.out.through = at + 1
  }

  private openString(at: number): void {
    const { structure, texts } = this
    const { field } = structure
    const role = structure.string()
    if (!role) return this.fail('"', at + 1)
    this.out.through = at + 1
    if (role === 'key') {
      this.string = new JsonString(at + 1, structure.leftKeys, false, () => texts.open(''))
      return
    }
    this.field = field
    this.string = new JsonString(at + 1, undefined, !field, (first) =>
      field
        ? new FieldSegment(field)
        : first === '{' || first === '['
          ? new JsonStream(texts, this.fields, this.depth + 1, structure.path)
          : this.openContinued(structure.context('"')),
    )
  }

  private openContinued(before: string): Segment {
    const text = this.texts.open(before)
    return this.opening === undefined ? text : new ContinuedStream(text, this.opening)
  }

  private readString(string: JsonString, text: string, i: number): number {
    const next = string.read(text, i)
    if (string.state === 'open') this.collect(string)
    else this.closeString(string)
    if (string.state === 'closed') {
      this.out.through = this.at + next
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
    const { out } = this
    out.through = string.through
    if (string.edits.length + string.findings.length === 0) return
    for (const edit of string.edits.splice(0)) out.edits.push(edit)
    for (const finding of string.findings.splice(0)) out.findings.push(finding)
  }

  // A number or literal breaks off with a unit, which ends at an offset.
  private breakOff(unit: string, at: number): void {
    const { long, longFrom, unread } = this.bare
    if (!long) return this.fail(unread, at)
    this.refuse(this.structure.field)
    this.rest = long
    this.restFrom = longFrom
    if (unit !== '') this.out.add(long.write(unit), longFrom)
  }

  // From here on plain text: `unread` was taken for JSON until the offset `at`, and has not left.
  private fail(unread: string, at: number): void {
    this.refuse(this.field ?? this.structure.field)
    this.restFrom = at - unread.length
    this.rest = this.openContinued(this.recent.before(this.piece, this.restFrom - this.at))
    this.out.add(this.rest.write(unread), this.restFrom)
  }

  private refuse(field: Detector | undefined): void {
    if (!field) return
    throw new SluiceError('ERR_NOT_INSPECTABLE', `JSON breaks off in a field that "${field.name}" masks.`)
  }

  private readRest(rest: Segment, text: string, i: number): number {
    this.out.add(rest.write(text.slice(i)), this.restFrom)
    return text.length
  }
}
