// Hostile texts, made of every rule: what keeps a detector in suspense, over and over.
import type { Detector } from '../../../src/masking/detector.ts'
import { accepts, grammarOf, type Grammar } from '../../../src/masking/grammar.ts'
import { classOf } from '../../../src/masking/units.ts'
import { seeded } from './texts.ts'

export interface Hostile {
  readonly name: string
  /** The text is this, over and over. */
  readonly unit: string
}

export function hostileTexts(detectors: readonly Detector[]): readonly Hostile[] {
  const texts = detectors.flatMap((detector): Hostile[] => {
    const prefix = longestViable(grammarOf(detector))
    const anchor = prefix.slice(0, 4)
    const value = /\S+$/.exec(detector.found)?.[0] ?? detector.found
    return [
      { name: `${detector.name}: anchor`, unit: anchor },
      { name: `${detector.name}: anchor, spaced`, unit: `${anchor} ` },
      { name: `${detector.name}: longest viable prefix`, unit: prefix },
      { name: `${detector.name}: longest viable prefix, spaced`, unit: `${prefix} ` },
      { name: `${detector.name}: nearly the example`, unit: `${value.slice(0, -1)}, ` },
      { name: `${detector.name}: the example`, unit: `${value}, ` },
    ]
  })
  const digits = ['1', '0', ' ', '-', '.', '4', '+', '(', ')', '11', '55', ':']
  return [
    ...texts,
    { name: 'all: anchor soup', unit: anchorSoup(detectors, 160_000, 11) },
    { name: 'all: digits and marks', unit: soup(digits, 40_000, 12) },
    { name: 'all: letters and marks', unit: soup(['a', 'b1', 'é', 'ey', 'sk', '_', '%'], 40_000, 13) },
  ]
}

/** The beginnings of all values in random order. */
export function anchorSoup(detectors: readonly Detector[], length: number, seed: number): string {
  const prefixes = detectors.map((detector) => longestViable(grammarOf(detector)))
  const anchors = prefixes.flatMap((prefix) => [prefix.slice(0, 4), prefix.slice(0, 12)])
  return soup(anchors, length, seed)
}

const SEPARATORS = ['', ' ', '.', '-', '@', ':', '1', ',']

function soup(parts: readonly string[], length: number, seed: number): string {
  const random = seeded(seed)
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] as string
  const picked: string[] = []
  for (let made = 0; made < length; made += picked.at(-1)?.length ?? 0)
    picked.push(pick(parts) + pick(SEPARATORS))
  return picked.join('')
}

// The longest text that a detector reads without ever being sure.
function longestViable(grammar: Grammar): string {
  const start = grammar.starts.at(-1) as number
  const units = printable(grammar)
  const best = new Map<number, string>()
  const visit = (state: number): string => {
    const known = best.get(state)
    if (known !== undefined) return known
    best.set(state, '')
    let longest = ''
    for (let k = 0; k < units.length; k++) {
      const next = grammar.next(state, k)
      if (next === 0 || accepts(next)) continue
      const text = String.fromCharCode(units[k] as number) + visit(next)
      if (text.length > longest.length) longest = text
    }
    best.set(state, longest)
    return longest
  }
  return visit(start)
}

// One unit of each class, one that is seen where there is one.
function printable(grammar: Grammar): readonly number[] {
  const units: number[] = []
  const order = [
    ...Array.from({ length: 94 }, (_, i) => 126 - i),
    ...Array.from({ length: 65_536 }, (_, i) => i),
  ]
  for (const unit of order) units[classOf(grammar.classes, unit)] ??= unit
  return units
}

/** A text of about a length. */
export function repeated({ unit }: Hostile, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
}
