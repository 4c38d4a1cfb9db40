// What masking means (the masking contract), in code that is slow and owes nothing to the engine: detectors' patterns are
// run by V8 on every piece of the text. The engine must agree with it, however a text is cut.
import type { Detector } from '../../src/masking/detector.ts'
import type { Edit } from '../../src/masking/port.ts'
import type { Finding } from '../../src/terms/finding.ts'

export interface Reference {
  readonly text: string
  readonly edits: readonly Edit[]
  readonly findings: readonly Finding[]
}

/** Says of a text of a detector's grammar, at a start, whether it is a value; by default what the detector's check says. */
export type Validity = (detector: Detector, start: number, text: string) => boolean

const checked: Validity = (detector, _, text) => detector.check?.(text) ?? true

interface Span {
  readonly detector: Detector
  readonly order: number
  readonly start: number
  readonly end: number
}

/** Nothing begins before `from`: that is context. */
export function referenceText(
  text: string,
  detectors: readonly Detector[],
  valid = checked,
  from = 0,
): Reference {
  const spans = detectors
    .flatMap((detector, order) => spansOf(text, detector, order, valid, from))
    .sort((a, b) => a.start - b.start || a.order - b.order)
  const edits: { start: number; end: number; text: string }[] = []
  for (const { start, end, detector } of spans) {
    const last = edits.at(-1)
    if (last && start < last.end) last.end = Math.max(last.end, end)
    else edits.push({ start, end, text: leavesAs(detector, text.slice(start, end)) })
  }
  const findings = spans
    .filter(({ start, end }) => !spans.some((other) => other.start < start && end <= other.end))
    .filter(({ start }, i, outer) => start !== outer[i - 1]?.start)
    .map(({ detector, start, end }) => ({ detector: detector.name, start, end, score: detector.score }))
  return { text: edited(text, edits), edits, findings }
}

function leavesAs({ placeholder, replace }: Detector, value: string): string {
  return replace && value.length <= 1024 ? replace(value) : placeholder
}

const compiled = new WeakMap<Detector, ReturnType<typeof compile>>()
const looking = new Map<string, RegExp>()

function compile({ forms }: Detector) {
  return forms.map(({ grammar: { source, flags }, ...contexts }) => {
    const here = new RegExp(`(?:${source})`, `${flags}y`)
    return { ...contexts, here, whole: new RegExp(`^(?:${source})$`, flags), unicode: flags.includes('u') }
  })
}

// The leftmost start, its longest valid end; go on there; after a start without a valid end, the next one.
function spansOf(text: string, detector: Detector, order: number, valid: Validity, from: number): Span[] {
  const forms = compiled.get(detector) ?? compile(detector)
  compiled.set(detector, forms)
  const spans: Span[] = []
  for (let start = from; start < text.length; start++) {
    const open = forms.filter(({ here, after, notAfter }) => {
      here.lastIndex = start
      return here.test(text) && looksAt(text, start, notAfter, '<!') && looksAt(text, start, after, '<=')
    })
    if (open.length === 0) continue
    for (let end = text.length; end > start; end--) {
      const value = text.slice(start, end)
      if (!open.some(({ whole, unicode }) => whole.test(value) && (!unicode || value.isWellFormed())))
        continue
      if (!looksAt(text, end, detector.notBefore, '!') || !valid(detector, start, value)) continue
      spans.push({ detector, order, start, end })
      start = end - 1
      break
    }
  }
  return spans
}

function looksAt(text: string, at: number, context: RegExp | undefined, side: '<!' | '<=' | '!'): boolean {
  if (!context) return true
  const key = `${side}${context.source} ${context.flags}`
  const pattern = looking.get(key) ?? new RegExp(`(?${side}${context.source})`, `${context.flags}y`)
  looking.set(key, pattern)
  pattern.lastIndex = at
  return pattern.test(text)
}

export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduceRight(
    (rest, { start, end, text: put }) => rest.slice(0, start) + put + rest.slice(end),
    text,
  )
}

/** Text as it is seen: each code unit, and where it stands in the source. */
interface View {
  readonly units: string
  readonly from: readonly number[]
  readonly to: readonly number[]
  /** How many strings it is nested in. */
  readonly depth: number
  /** Of a document: the opening of the value that the string before broke off. */
  opening?: string | undefined
}

/** Where JSON stops being JSON. */
class Broken {
  readonly at: number
  /** The context of what follows, where it isn't what stands before. */
  readonly before: string | undefined
  constructor(at: number, before?: string) {
    this.at = at
    this.before = before
  }
}

const LONG_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.(?:\d+(?:[eE][+-]?\d*)?)?|[eE][+-]?\d*)?$/

export function referenceJson(text: string, detectors: readonly Detector[]): Reference {
  const edits: Edit[] = []
  const findings: Finding[] = []
  const offsets = [...text]
    .join('')
    .split('')
    .map((_, i) => i)
  document({ units: text, from: offsets, to: offsets.map((i) => i + 1), depth: 0 })
  return { text: edited(text, edits), edits, findings }

  function document(view: View): void {
    try {
      let end = value(view, 0, '', '{[')
      while (/[{[]/.test(view.units[end] ?? '')) end = value(view, end, '', '{[')
      if (end < view.units.length) throw new Broken(end)
    } catch (thrown) {
      if (!(thrown instanceof Broken)) throw thrown
      const { at, before } = thrown
      const rest = part(view, at, view.units.length)
      if (before !== undefined) plain(rest, '', before)
      else plain(rest, view.opening, view.units.slice(Math.max(0, at - 256), at))
    }
  }

  // Each reads one token or value at i, white space around it included, and returns the index after it. `followers`: what
  // may stand after it.
  function value(view: View, i: number, key: string, followers: string): number {
    i = space(view, i)
    if (i === view.units.length) return i
    const unit = view.units[i]
    if (unit === '{' || unit === '[') return space(view, members(view, i + 1, unit, key))
    if (unit === '"') return space(view, string(view, i + 1, undefined, key).next)
    return literal(view, i, key, followers)
  }

  function members(view: View, i: number, opener: '{' | '[', outer: string): number {
    const closer = opener === '{' ? '}' : ']'
    /** As they leave; whether that is not as they are written. */
    const keys = new Map<string, boolean>()
    i = space(view, i)
    if (view.units[i] === closer) return i + 1
    while (i < view.units.length) {
      let key = outer
      if (opener === '{') {
        if (view.units[i] !== '"') throw new Broken(i)
        const name = string(view, i + 1, keys, '')
        key = name.units.slice(0, 1024)
        i = space(view, name.next)
        if (i === view.units.length) return i
        if (view.units[i] !== ':') throw new Broken(i)
        i++
      }
      i = value(view, i, key, `,${closer}`)
      if (i === view.units.length) return i
      if (view.units[i] === closer) return i + 1
      if (view.units[i] !== ',') throw new Broken(i)
      i = space(view, i + 1)
    }
    return i
  }

  function literal(view: View, i: number, key: string, followers: string): number {
    let run = /^[^{}[\]:,"]*/.exec(view.units.slice(i))?.[0] as string
    // Only 40 units wait for what follows.
    const alone = /^[^ \n\r\t]+[ \n\r\t]*/.exec(run)?.[0] ?? ''
    if (alone.length > 40) run = alone
    const token = run.replace(/[ \n\r\t]+$/, '')
    let known = false
    try {
      known = token !== '' && typeof JSON.parse(token) !== 'object'
    } catch {
      known = false
    }
    if (!known && token !== 'null') {
      const isLong = token.length > 40 && LONG_NUMBER.test(token.slice(0, 41))
      throw new Broken(i, isLong ? context(key, '') : undefined)
    }
    if (token.length > 40) {
      plain(part(view, i, i + token.length), '', context(key, ''))
      return i + run.length
    }
    const next = view.units[i + run.length]
    const isPart = next !== undefined && !followers.includes(next) && run.length <= 40
    const before = context(key, '')
    for (const spelling of [...(isPart ? [] : [token]), ...digitsOf(token)]) {
      const masked = clipped(
        referenceText(before + spelling, detectors, checked, before.length),
        before.length,
      )
      if (masked.edits.length === 0) continue
      const label = masked.edits.map((edit) => edit.text).join('')
      const start = view.from[i] as number
      const end = view.to[i + token.length - 1] as number
      edits.push({ start, end, text: escaped(JSON.stringify(label), view.depth) })
      for (const it of masked.findings) {
        const from = spelling === token ? (view.from[i + it.start] as number) : start
        const to = spelling === token ? (view.to[i + it.end - 1] as number) : end
        findings.push({ ...it, start: from, end: to })
      }
      return i + run.length
    }
    if (isPart) throw new Broken(i)
    return i + run.length
  }

  function string(view: View, i: number, keys: Map<string, boolean> | undefined, key: string) {
    const seen = { units: '', from: [] as number[], to: [] as number[], depth: view.depth + 1 }
    while (i < view.units.length && view.units[i] !== '"') {
      const rest = view.units.slice(i, i + 6)
      // The end of the text may cut an escape.
      const escape = /^(?:\\u[0-9A-Fa-f]{4}|\\["\\/bfnrt]|[^\\]|\\(?=$|u[0-9A-Fa-f]{0,3}$))/.exec(rest)?.[0]
      if (!escape) break
      seen.units += escape.length === 1 ? escape : (JSON.parse(`"${escape}"`) as string)
      seen.from.push(view.from[i] as number)
      seen.to.push(view.to[i + escape.length - 1] as number)
      i += escape.length
    }
    const blank = /^[ \n\r\t]*/.exec(seen.units)?.[0].length as number
    const read = keys ? seen : part(seen, blank, seen.units.length)
    const opening = keys ? undefined : view.opening
    if (read.units !== '') view.opening = undefined
    if (!keys && /^[{[]/.test(read.units)) document(read)
    else if (read.units !== '') {
      const before = keys ? '' : context(key, '"')
      view.opening = goesOn((opening ?? '') + read.units, detectors)
      const masked = plain(read, opening, before)
      if (keys) {
        const isMasked = masked !== seen.units
        let left = masked
        // Keys of the text itself may be alike.
        const isTaken = (): boolean =>
          isMasked || left !== masked ? keys.has(left) : keys.get(left) === true
        for (let n = 2; isTaken(); n++) left = `${masked}#${n}`
        keys.set(left, isMasked || left !== masked)
        const end = seen.to.at(-1) as number
        if (left !== masked) edits.push({ start: end, end, text: left.slice(masked.length) })
      }
    }
    if (i < view.units.length && view.units[i] !== '"') throw new Broken(i)
    return { next: i + 1 > view.units.length ? i : i + 1, units: seen.units }
  }

  function space(view: View, i: number): number {
    return i + (/^[ \n\r\t]*/.exec(view.units.slice(i))?.[0].length as number)
  }

  // Where the view may go on with a value, it is read as if the value's opening stood before it.
  function plain(view: View, opening = '', before = ''): string {
    const by = before.length + opening.length
    const seen = before + opening + view.units
    const masked = clipped(referenceText(seen, detectors, checked, before.length), by)
    const place = ({ start, end }: { start: number; end: number }) => ({
      start: view.from[start] as number,
      end: view.to[end - 1] as number,
    })
    edits.push(...masked.edits.map((edit) => ({ ...place(edit), text: edit.text })))
    findings.push(...masked.findings.map((finding) => ({ ...finding, ...place(finding) })))
    return masked.text
  }
}

// What a number with an exponent says, without what is behind its point.
function digitsOf(number: string): string[] {
  const [, whole = '', fraction = '', exponent] = /^-?(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,3})$/.exec(number) ?? []
  const places = Number(exponent) - fraction.length
  if (exponent === undefined || whole.length + Number(exponent) > 64) return []
  const digits = BigInt(whole + fraction)
  return [String(places < 0 ? digits / 10n ** BigInt(-places) : digits * 10n ** BigInt(places))]
}

// A value is seen as if its key stood before it.
function context(key: string, quote: string): string {
  return key === '' ? '' : `"${key}": ${quote}`
}

function part({ units, from, to, depth }: View, start: number, end: number): View {
  return { units: units.slice(start, end), from: from.slice(start, end), to: to.slice(start, end), depth }
}

// What is found in a text, of which the first `by` units are context.
function clipped({ text, edits, findings }: Reference, by: number): Reference {
  const clip = <T extends { start: number; end: number }>(spans: readonly T[]): T[] =>
    spans
      .filter(({ end }) => end > by)
      .map((span) => ({ ...span, start: Math.max(0, span.start - by), end: span.end - by }))
  return { text, edits: clip(edits), findings: clip(findings) }
}

// The opening of a value that would reach over the end of a string into the next one.
function goesOn(text: string, detectors: readonly Detector[]): string | undefined {
  const longer = text + `",\n"${'A'.repeat(16)}`
  return detectors.find(
    (detector, order) =>
      detector.opening !== undefined &&
      spansOf(longer, detector, order, checked, 0).some(
        ({ start, end }) => start < text.length && end === longer.length,
      ),
  )?.opening
}

function escaped(text: string, depth: number): string {
  return depth === 0 ? text : escaped(JSON.stringify(text).slice(1, -1), depth - 1)
}
