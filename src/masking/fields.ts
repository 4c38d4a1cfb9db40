// Field rules (contract, section 9): in JSON, what stands under certain keys is masked whole, whatever it says.
import { LONGEST_UNDECIDED } from './bounds.ts'
import type { Detector } from './detector.ts'
import type { Settled } from './port.ts'
import { NONE } from './settle.ts'
import type { Segment } from './text-stream.ts'
import { replacement } from './validate.ts'

/**
 * Invariant: a rule holds for a value where the keys above it, joined by dots, end with the rule as whole keys, in letters
 * of either case; and then for everything below that value. Of several rules the longest holds, of equal ones the first.
 */
export class Fields {
  private readonly byPath = new Map<string, Detector>()
  /** Lengths of the rules, the longest first. */
  private readonly lengths: readonly number[]

  constructor(detectors: readonly Detector[]) {
    for (const detector of detectors) {
      for (const field of detector.fields ?? []) {
        const path = joined('', field)
        if (!this.byPath.has(path)) this.byPath.set(path, detector)
      }
    }
    this.lengths = [...new Set([...this.byPath.keys()].map(({ length }) => length))].sort((a, b) => b - a)
  }

  get size(): number {
    return this.byPath.size
  }

  /** The keys above a value, `key` the last, as far as a rule asks for them. */
  pathOf(above: string, key: string): string {
    return joined(above, key).slice(-(this.lengths[0] ?? 0))
  }

  /** The detector whose rule holds where these keys stand above. */
  at(path: string): Detector | undefined {
    for (const length of this.lengths) {
      const detector = this.byPath.get(path.slice(-length))
      if (detector) return detector
    }
    return undefined
  }
}

function joined(above: string, key: string): string {
  return `${above}.${key.toLowerCase()}`
}

/**
 * A value that a field rule holds for. Its placeholder leaves at once; what depends on the value waits until that is whole,
 * and one of more than LONGEST_UNDECIDED code units leaves as the placeholder.
 */
export class FieldSegment implements Segment {
  private readonly detector: Detector
  private readonly spell: (text: string) => string
  private held = ''
  private at = 0
  private through = 0

  /** `spell` is how a replacement is written. */
  constructor(detector: Detector, spell = (text: string): string => text) {
    this.detector = detector
    this.spell = spell
  }

  write(text: string): Settled {
    this.at += text.length
    if (this.detector.replace && this.through === 0) {
      this.held += text
      if (this.held.length <= LONGEST_UNDECIDED) return { through: 0, edits: NONE, findings: NONE }
    }
    const last = text.charCodeAt(text.length - 1)
    const endsHigh = last >= 0xd800 && last <= 0xdbff
    return this.leave(endsHigh ? this.at - 1 : this.at, this.detector.placeholder)
  }

  end(): Settled {
    const { detector, held, at } = this
    if (at === 0) return { through: 0, edits: NONE, findings: NONE }
    const text = this.through === 0 ? replacement(detector, 0, at, () => held) : ''
    const finding = { detector: detector.name, start: 0, end: at, score: detector.score }
    return { ...this.leave(at, text), findings: [finding] }
  }

  openFrom(): number {
    return this.through
  }

  private leave(to: number, text: string): Settled {
    const from = this.through
    if (to === from) return { through: to, edits: NONE, findings: NONE }
    this.through = to
    this.held = ''
    const edit = { start: from, end: to, text: from === 0 ? this.spell(text) : '' }
    return { through: to, edits: [edit], findings: NONE }
  }
}
