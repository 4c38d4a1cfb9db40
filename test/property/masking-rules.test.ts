// The engine against the reference with rules that nobody would write: short patterns over few letters, which overlap,
// begin together and reach into each other, on texts of the same letters.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Automata } from '../../src/masking/automata.ts'
import type { Detector } from '../../src/masking/detector.ts'
import { maskerOf } from '../../src/masking/engine.ts'
import { TextStream } from '../../src/masking/text-stream.ts'
import { assertAgreement, collect, cut } from '../support/masking-agreement.ts'

const SEED = Number(process.env['SLUICE_SEED'] ?? 20_260_711)
const RUNS = Number(process.env['SLUICE_RUNS'] ?? 150)

const atom = fc.constantFrom(
  'a',
  'b',
  '0',
  ':',
  '-',
  '[ab]',
  '[01]',
  '[a01]',
  '[^a]',
  '\\d',
  '\\w',
  '.',
  '😀',
)
const word = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join(''))
const part = fc
  .tuple(word, word, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{0,20}'), fc.boolean())
  .map(([one, other, times, isChoice]) => (isChoice ? `(?:${one}|${other})${times}` : `(?:${one})${times}`))
const pattern = fc.oneof(
  atom,
  fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
)

const bare = pattern.map((source) => ({ grammar: new RegExp(source, 'u') }))
const form = fc.record(
  {
    grammar: pattern.map((source) => new RegExp(source, 'u')),
    after: word.map((source) => new RegExp(source, 'u')),
    notAfter: fc.constantFrom(/[a0]/, /ab/, /\w/, /:+/, /1[ab]{1,3}/),
  },
  { requiredKeys: ['grammar'] },
)
const forms = fc.array(fc.oneof(bare, form), { minLength: 1, maxLength: 2 })
const rule = fc.record(
  {
    forms,
    notBefore: fc.constantFrom(/[a0]/, /\w/, /[^b]/),
    check: fc.integer({ min: 2, max: 5 }).map((n) => (text: string) => sumOf(text) % n !== 0),
    replace: fc.constant((text: string) => `<${text.length}>`),
  },
  { requiredKeys: ['forms'] },
)
const rules = fc
  .array(fc.oneof(fc.record({ forms }), rule), { minLength: 1, maxLength: 4 })
  .map((all) => all.map((it, i): Detector => ({ ...it, ...ordinary, name: `d${i}`, placeholder: `<d${i}>` })))
  .filter(areUsable)

const ordinary = { family: 'secrets', score: 1, source: '', found: '', nearMiss: '' } as const

const piece = fc.constantFrom('a', 'b', '0', '1', ':', '-', ' ', '😀', '\0', 'ab', 'a:', '01')
const texts = fc
  .array(fc.tuple(piece, fc.constantFrom(1, 1, 1, 2, 17)), { maxLength: 20 })
  .map((pieces) => pieces.map(([text, times]) => text.repeat(times)).join(''))

function sumOf(text: string): number {
  let sum = 7
  for (let i = 0; i < text.length; i++) sum = (31 * sum + text.charCodeAt(i)) % 65_537
  return sum
}

function* again(sizes: readonly number[]): Generator<number> {
  for (;;) yield* sizes
}

function areUsable(detectors: readonly Detector[]): boolean {
  try {
    maskerOf(detectors)
    return true
  } catch {
    return false
  }
}

t.test(
  'whatever the rules are, the engine finds and masks what the reference does, for every cut',
  async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 7, maxLength: 7 })
    fc.assert(
      fc.property(rules, fc.array(texts, { minLength: 5, maxLength: 5 }), cuts, (detectors, all, sizes) => {
        const masker = maskerOf(detectors)
        const renewed = new Automata(detectors, { states: 9, units: 2, credit: 5 })
        for (const text of all) {
          assertAgreement(masker, detectors, 'text', text, again(sizes))
          const pieces = cut(text, again(sizes))
          assert.deepEqual(
            collect(text, pieces, new TextStream(renewed)),
            collect(text, pieces, masker.open('text')),
          )
        }
      }),
      { seed: SEED, numRuns: RUNS },
    )
  },
)
