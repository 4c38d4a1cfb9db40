// What masking JSON means (the masking contract, section 9), in code that is slow and owes nothing to the engine.
import type { Detector } from '../../src/masking/detector.ts'
import type { Edit } from '../../src/masking/port.ts'
import type { Finding } from '../../src/terms/finding.ts'
import { edited, goesOn, referenceText, type Reference } from './masking-reference.ts'

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
        referenceText(before + spelling, detectors, undefined, before.length),
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
    const masked = clipped(referenceText(seen, detectors, undefined, before.length), by)
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

function escaped(text: string, depth: number): string {
  return depth === 0 ? text : escaped(JSON.stringify(text).slice(1, -1), depth - 1)
}
