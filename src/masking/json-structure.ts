// The structure of JSON text (RFC 8259): what may come next, one token at a time, and which field rule holds for it.
import { ownCopy } from '../base/own-copy.ts'
import type { Detector } from './detector.ts'
import type { Fields } from './fields.ts'
import { LeftKeys } from './left-keys.ts'

/** Deeper JSON is not followed any further: its rest counts as a syntax error. */
const MOST_FRAMES = 512

interface Frame {
  readonly closes: '}' | ']'
  readonly leftKeys: LeftKeys
  /** The key whose value comes, or an array's own; and the keys above that value. */
  key: string
  path: string
  field: Detector | undefined
  /** What stands before its strings, and before its numbers and literals, once it was asked: see `context`. */
  beforeString: string | undefined
  beforeBare: string | undefined
  /** What held for the object or array itself. */
  readonly outerPath: string
  readonly outerField: Detector | undefined
}

/**
 * Each verb takes the next token and says whether it may stand there. After a whole object or array, as after any value,
 * another object or array may begin: JSON lines.
 */
export class JsonStructure {
  private readonly frames: Frame[] = []
  private readonly fields: Fields
  /** The keys above the text. */
  private readonly above: string
  private expects: 'value' | 'key' | 'colon' | 'next' | 'nothing' = 'value'
  /** Whether the innermost object or array has nothing in it yet, so that it may be closed. */
  private empty = false

  constructor(fields: Fields, above: string) {
    this.fields = fields
    this.above = above
  }

  get wantsValue(): boolean {
    return this.expects === 'value'
  }

  get wantsKey(): boolean {
    return this.expects === 'key'
  }

  get leftKeys(): LeftKeys | undefined {
    return this.frames.at(-1)?.leftKeys
  }

  /** The innermost key that what comes is a value of; '': there is none. */
  get key(): string {
    return this.frames.at(-1)?.key ?? ''
  }

  set key(key: string) {
    const frame = this.frames.at(-1)
    if (!frame) return
    frame.key = ownCopy(key)
    frame.beforeString = undefined
    frame.beforeBare = undefined
    if (this.fields.size === 0) return
    frame.path = this.fields.pathOf(frame.outerPath, key)
    frame.field = frame.outerField ?? this.fields.at(frame.path)
  }

  /** The keys above the value that comes, or that was read last. */
  get path(): string {
    return this.frames.at(-1)?.path ?? this.above
  }

  /** The field rule that holds for what comes. */
  get field(): Detector | undefined {
    const frame = this.frames.at(-1)
    return this.expects === 'value' ? frame?.field : frame?.outerField
  }

  /** A value is seen as if its key stood before it, as it does in most notations. */
  context(quote: '"' | ''): string {
    const frame = this.frames.at(-1)
    if (!frame || frame.key === '') return ''
    const { key } = frame
    return quote === '' ? (frame.beforeBare ??= `"${key}": `) : (frame.beforeString ??= `"${key}": "`)
  }

  value(): boolean {
    if (this.expects !== 'value') return false
    this.expects = this.frames.length > 0 ? 'next' : 'nothing'
    this.empty = false
    return true
  }

  /** Whether this punctuation may stand right after a value that comes now. */
  mayFollow(unit: string): boolean {
    const frame = this.frames.at(-1)
    return frame ? unit === ',' || unit === frame.closes : unit === '{' || unit === '['
  }

  string(): 'key' | 'value' | undefined {
    if (this.expects !== 'key') return this.value() ? 'value' : undefined
    this.expects = 'colon'
    this.empty = false
    return 'key'
  }

  punctuation(unit: string): boolean {
    const frame = this.frames.at(-1)
    const { field } = this
    switch (unit) {
      case '{':
      case '[':
        if (this.frames.length === MOST_FRAMES || (this.expects !== 'nothing' && !this.value())) return false
        this.frames.push(this.frame(unit === '{' ? '}' : ']', field))
        this.expects = unit === '{' ? 'key' : 'value'
        this.empty = true
        return true
      case '}':
      case ']':
        if (frame?.closes !== unit || !(this.expects === 'next' || this.empty)) return false
        this.frames.pop()
        this.expects = this.frames.length > 0 ? 'next' : 'nothing'
        this.empty = false
        return true
      case ',':
        if (!frame || this.expects !== 'next') return false
        this.expects = frame.closes === '}' ? 'key' : 'value'
        return true
      case ':':
        if (this.expects !== 'colon') return false
        this.expects = 'value'
        return true
      default:
        return false
    }
  }

  private frame(closes: Frame['closes'], field: Detector | undefined): Frame {
    const { key, path } = this
    return {
      closes,
      leftKeys: new LeftKeys(),
      key,
      path,
      field,
      beforeString: undefined,
      beforeBare: undefined,
      outerPath: path,
      outerField: field,
    }
  }
}
