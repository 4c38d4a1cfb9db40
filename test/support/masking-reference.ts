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

function compile(detector: Detector) {
  const forms = detector.forms.map(({ grammar: { source, flags }, after, notAfter }) => ({
    begins: new RegExp(`(?:${source})`, `${flags}g`),
    whole: new RegExp(`^(?:${source})$`, flags),
    contexts: [looking(notAfter, '<!'), looking(after, '<=')],
    unicode: flags.includes('u'),
    next: -1,
  }))
  const made = { forms, notBefore: looking(detector.notBefore, '!') }
  compiled.set(detector, made)
  return made
}

// The leftmost start, its longest valid end; go on there; after a start without a valid end, the next one.
function spansOf(text: string, detector: Detector, order: number, valid: Validity, from: number): Span[] {
  const { forms, notBefore } = compiled.get(detector) ?? compile(detector)
  const spans: Span[] = []
  for (const form of forms) form.next = -1
  for (let start = from; (start = nextStart(text, forms, start)) < text.length; start++) {
    const open = forms.filter(
      ({ contexts, next }) => next === start && contexts.every((context) => looksAt(text, start, context)),
    )
    for (let end = open.length > 0 ? text.length : start; end > start; end--) {
      const value = text.slice(start, end)
      if (!open.some(({ whole, unicode }) => whole.test(value) && (!unicode || value.isWellFormed())))
        continue
      if (!looksAt(text, end, notBefore) || !valid(detector, start, value)) continue
      spans.push({ detector, order, start, end })
      start = end - 1
      break
    }
  }
  return spans
}

function nextStart(text: string, forms: { begins: RegExp; next: number }[], from: number): number {
  let first = Infinity
  for (const form of forms) {
    if (form.next < from) {
      form.begins.lastIndex = from
      form.next = Math.max(from, form.begins.exec(text)?.index ?? Infinity)
    }
    first = Math.min(first, form.next)
  }
  return first
}

function looking(context: RegExp | undefined, side: '<!' | '<=' | '!'): RegExp {
  return context ? new RegExp(`(?${side}${context.source})`, `${context.flags}y`) : /(?:)/y
}

function looksAt(text: string, at: number, context: RegExp): boolean {
  context.lastIndex = at
  return context.test(text)
}

/** The opening of a value that would reach over the end of a string into the next one. */
export function goesOn(text: string, detectors: readonly Detector[]): string | undefined {
  const longer = text + `",\n"${'A'.repeat(16)}`
  return detectors.find(
    (detector, order) =>
      detector.opening !== undefined &&
      spansOf(longer, detector, order, checked, 0).some(
        ({ start, end }) => start < text.length && end === longer.length,
      ),
  )?.opening
}

export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduceRight(
    (rest, { start, end, text: put }) => rest.slice(0, start) + put + rest.slice(end),
    text,
  )
}
