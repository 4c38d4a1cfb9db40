// JSON (RFC 8259) read with its source spans, so that text can be replaced and everything else keeps its exact bytes:
// number lexemes, white space, key order.

export type JsonNode = JsonObject | JsonArray | JsonString | JsonNumber | JsonLiteral

interface Span {
  /** UTF-16 code units of the source, end exclusive. */
  readonly start: number
  readonly end: number
}
export interface JsonObject extends Span {
  readonly kind: 'object'
  readonly members: readonly JsonMember[]
}
export interface JsonMember {
  readonly key: JsonString
  readonly value: JsonNode
}
export interface JsonArray extends Span {
  readonly kind: 'array'
  readonly items: readonly JsonNode[]
}
export interface JsonString extends Span {
  readonly kind: 'string'
  /** The unescaped string; the span includes the quotes. */
  readonly value: string
}
export interface JsonNumber extends Span {
  readonly kind: 'number'
}
export interface JsonLiteral extends Span {
  readonly kind: 'literal'
  readonly value: true | false | null
}

/** A JSON text that can't be accepted; the message names the offset, never the text. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
}

const MAX_DEPTH = 128
/** A value costs some hundred bytes while it is looked at: this many are 100 MB. */
const MOST_VALUES = 2 ** 19

/**
 * Reads one JSON text. Throws JsonError where it is malformed, nests deeper than 128, repeats a key in an object, or
 * holds more values than `mostValues`.
 */
export function readJson(text: string, mostValues = MOST_VALUES): JsonNode {
  const reader = new Reader(text, mostValues)
  const node = reader.value(0)
  reader.space()
  if (reader.at !== text.length) throw reader.error('unexpected text after the value')
  return node
}

/** The value of a member, or undefined: `member(node, 'choices')`. */
export function member(node: JsonNode | undefined, key: string): JsonNode | undefined {
  if (node?.kind !== 'object') return undefined
  for (const entry of node.members) if (entry.key.value === key) return entry.value
  return undefined
}

/** The items of a list; none of anything else. */
export function itemsOf(node: JsonNode | undefined): readonly JsonNode[] {
  return node?.kind === 'array' ? node.items : []
}

/** The same where one value may stand for a list of it: some servers take it so, others refuse it. */
export function listedIn(node: JsonNode | undefined): readonly JsonNode[] {
  return node?.kind === 'array' || !isThere(node) ? itemsOf(node) : [node]
}

export function stringOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.value : undefined
}

export function isTrue(node: JsonNode | undefined): boolean {
  return node?.kind === 'literal' && node.value === true
}

/** Whether a switch is on, or may be: some servers take "true" and 1 for true. */
export function isOn(node: JsonNode | undefined): boolean {
  return isThere(node) && !(node.kind === 'literal' && node.value === false)
}

/** Whether a member is there, and not null. */
export function isThere(node: JsonNode | undefined): node is JsonNode {
  return node !== undefined && !(node.kind === 'literal' && node.value === null)
}

/** Whether a value holds nothing: null, true, false, an empty text, list or object. */
export function isEmpty(node: JsonNode): boolean {
  switch (node.kind) {
    case 'string':
      return node.value === ''
    case 'array':
      return node.items.length === 0
    case 'object':
      return node.members.length === 0
    default:
      return node.kind === 'literal'
  }
}

/** An integer's value where it is exact, else undefined. */
export function integerOf(node: JsonNode | undefined, text: string): number | undefined {
  if (node?.kind !== 'number') return undefined
  const value = Number(text.slice(node.start, node.end))
  return Number.isSafeInteger(value) ? value : undefined
}

export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Replaces spans of the source; they must not overlap, in any order. */
export function splice(text: string, splices: readonly Splice[]): string {
  const ordered = splices.toSorted((a, b) => a.start - b.start)
  let out = ''
  let from = 0
  for (const { start, end, text: replacement } of ordered) {
    out += text.slice(from, start) + replacement
    from = end
  }
  return out + text.slice(from)
}

/** The splice that takes a member out of its object; none where there is no such member. */
export function without(node: JsonNode, key: string): Splice[] {
  if (node.kind !== 'object') return []
  const { members } = node
  const at = members.findIndex((entry) => entry.key.value === key)
  const found = members[at]
  if (!found) return []
  const before = members[at - 1]
  const after = members[at + 1]
  const start = before ? before.value.end : found.key.start
  return [{ start, end: before || !after ? found.value.end : after.key.start, text: '' }]
}

class Reader {
  readonly text: string
  at = 0
  private left: number

  constructor(text: string, mostValues: number) {
    this.text = text
    this.left = mostValues
  }

  error(what: string): JsonError {
    return new JsonError(`${what} at offset ${this.at}`)
  }

  space(): void {
    for (;;) {
      const unit = this.text.charCodeAt(this.at)
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return
      this.at++
    }
  }

  value(depth: number): JsonNode {
    this.space()
    if (--this.left < 0) throw this.error('too many values')
    switch (this.text.charCodeAt(this.at)) {
      case 0x7b:
        return this.object(depth)
      case 0x5b:
        return this.array(depth)
      case 0x22:
        return this.string()
      case 0x74:
        return this.literal('true', true)
      case 0x66:
        return this.literal('false', false)
      case 0x6e:
        return this.literal('null', null)
      default:
        return this.number()
    }
  }

  object(depth: number): JsonObject {
    if (depth === MAX_DEPTH) throw this.error('nesting is too deep')
    const start = this.at++
    const members: JsonMember[] = []
    const keys = new Set<string>()
    this.space()
    if (this.text.charCodeAt(this.at) === 0x7d) return { kind: 'object', start, end: ++this.at, members }
    for (;;) {
      this.space()
      if (this.text.charCodeAt(this.at) !== 0x22) throw this.error('expected a key')
      const key = this.string()
      if (keys.has(key.value)) throw this.error('a key is repeated')
      keys.add(key.value)
      this.space()
      if (this.text.charCodeAt(this.at) !== 0x3a) throw this.error("expected ':'")
      this.at++
      members.push({ key, value: this.value(depth + 1) })
      this.space()
      const unit = this.text.charCodeAt(this.at++)
      if (unit === 0x7d) return { kind: 'object', start, end: this.at, members }
      if (unit !== 0x2c) {
        this.at--
        throw this.error("expected ',' or '}'")
      }
    }
  }

  array(depth: number): JsonArray {
    if (depth === MAX_DEPTH) throw this.error('nesting is too deep')
    const start = this.at++
    const items: JsonNode[] = []
    this.space()
    if (this.text.charCodeAt(this.at) === 0x5d) return { kind: 'array', start, end: ++this.at, items }
    for (;;) {
      items.push(this.value(depth + 1))
      this.space()
      const unit = this.text.charCodeAt(this.at++)
      if (unit === 0x5d) return { kind: 'array', start, end: this.at, items }
      if (unit !== 0x2c) {
        this.at--
        throw this.error("expected ',' or ']'")
      }
    }
  }

  string(): JsonString {
    const { text } = this
    const start = this.at
    let escaped = false
    for (let i = start + 1; ; i++) {
      const unit = text.charCodeAt(i)
      if (unit === 0x22) {
        this.at = i + 1
        const value = escaped ? this.unescape(start, i + 1) : text.slice(start + 1, i)
        return { kind: 'string', start, end: i + 1, value }
      }
      if (unit === 0x5c) {
        escaped = true
        i++
      } else if (!(unit >= 0x20)) {
        this.at = Math.min(i, text.length)
        throw this.error(i >= text.length ? 'the text ends within a string' : 'control character in a string')
      }
    }
  }

  unescape(start: number, end: number): string {
    try {
      return JSON.parse(this.text.slice(start, end)) as string
    } catch {
      this.at = start
      throw this.error('malformed escape in the string')
    }
  }

  number(): JsonNumber {
    const start = this.at
    NUMBER.lastIndex = start
    const match = NUMBER.exec(this.text)
    if (!match) throw this.error(start >= this.text.length ? 'the text ends too early' : 'expected a value')
    this.at = NUMBER.lastIndex
    return { kind: 'number', start, end: this.at }
  }

  literal(word: string, value: true | false | null): JsonLiteral {
    const start = this.at
    if (!this.text.startsWith(word, start)) throw this.error('expected a value')
    this.at += word.length
    return { kind: 'literal', start, end: this.at, value }
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
