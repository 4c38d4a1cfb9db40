// The engine against the reference: on texts rich in values and near-values, however they are cut.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Automata } from '../../src/masking/automata.ts'
import { detectors as catalogue } from '../../src/masking/catalogue.ts'
import type { Detector } from '../../src/masking/detector.ts'
import { maskerOf } from '../../src/masking/engine.ts'
import { TextStream } from '../../src/masking/text-stream.ts'
import { assertAgreement, collect, cut } from '../support/masking-agreement.ts'
import { referenceText } from '../support/masking-reference.ts'
import { unusual } from '../support/masking-catalogue.ts'
import { jsonTexts, texts } from '../support/masking-texts.ts'
import { timeOf } from '../support/growth.ts'

const SEED = Number(process.env['SLUICE_SEED'] ?? 20_260_711)
const RUNS = Number(process.env['SLUICE_RUNS'] ?? 150)
const detectors = [...catalogue, ...unusual]
const masker = maskerOf(detectors)
const redacting = maskerOf(catalogue)
const settings = { seed: SEED, numRuns: RUNS }

const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 9 }))

t.test('text: the engine finds and masks what the reference does, for every cut', async () => {
  fc.assert(
    fc.property(texts, cuts, (text, sizes) => assertAgreement(masker, detectors, 'text', text, sizes)),
    settings,
  )
})

t.test('it comes to the same without line-ups, and where automata are made anew all the time', async () => {
  const limits = [
    { states: 40_000, units: 16_384, credit: 0 },
    { states: 30, units: 3, credit: 20_000 },
  ].map((limit) => new Automata(detectors, limit))
  fc.assert(
    fc.property(texts, cuts, (text, sizes) => {
      const pieces = cut(text, sizes)
      const expected = collect(text, pieces, masker.open('text'))
      for (const automata of limits) {
        assert.deepEqual(collect(text, pieces, new TextStream(automata)), expected)
      }
    }),
    settings,
  )
})

t.test('JSON: the engine finds and masks what the reference does, for every cut', async () => {
  fc.assert(
    fc.property(jsonTexts, cuts, (text, sizes) => assertAgreement(masker, detectors, 'json', text, sizes)),
    settings,
  )
})

t.test('JSON that was valid stays valid', async () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), texts, (json, text) => {
      const document = `{"a": ${json}, ${JSON.stringify(text)}: ${JSON.stringify(text)}, "n": 4111111111111111}`
      const masked = masker.mask(document, 'json').text
      assert.equal((JSON.parse(masked) as { n: unknown }).n, '[CARD]')
    }),
    { ...settings, numRuns: Math.min(RUNS, 60) },
  )
})

t.test('nothing is held back that no continuation would mask', async (t) => {
  const automata = new Automata(detectors)
  const byName = new Map(detectors.map((detector) => [detector.name, detector]))
  let held = 0
  fc.assert(
    fc.property(texts, (whole) => {
      const stream = new TextStream(automata)
      for (let at = 1; at <= whole.length; at++) {
        const text = whole.slice(0, at)
        const { through } = stream.write(whole[at - 1] as string)
        if (through === at || (through === at - 1 && /[\ud800-\udbff]$/.test(text))) continue
        held++
        const reason = stream.justify()
        if (!reason) throw new Error(`${at - through} held without a reason: ${JSON.stringify(text)}`)
        const longer = text + reason.continuation
        const { edits } = referenceText(
          longer,
          detectors,
          (detector, start, value) =>
            (detector === byName.get(reason.detector) && start === reason.start) ||
            (detector.check?.(value) ?? true),
        )
        const masks = edits.some((edit) => edit.start <= through && edit.end >= at)
        if (!masks) throw new Error(`held for ${reason.detector}, needlessly: ${JSON.stringify(longer)}`)
      }
    }),
    { ...settings, numRuns: Math.ceil(RUNS / 15) },
  )
  t.ok(held > 100, `${held} moments of holding back were justified`)
})

t.test('masking what was masked changes nothing', async () => {
  fc.assert(
    fc.property(texts, (text) => {
      const once = redacting.mask(text).text
      assert.equal(redacting.mask(once).text, once)
    }),
    { ...settings, numRuns: 4 * RUNS },
  )
})

t.test('hostile text takes time in proportion to its length', async (t) => {
  const size = 30_000
  for (const unit of [
    ...hostileUnits(catalogue),
    '1 ',
    '1',
    'a@',
    'a.',
    '0',
    'a:',
    '-----BEGIN ',
    '+1 ',
    '12-',
  ]) {
    const repeats = Math.ceil(size / unit.length)
    time(unit.repeat(repeats))
    const once = Math.min(time(unit.repeat(repeats)), time(unit.repeat(repeats)))
    const fourfold = Math.min(time(unit.repeat(4 * repeats)), time(unit.repeat(4 * repeats)))
    t.ok(fourfold < 10 * once + 40, `${JSON.stringify(unit)}: ${once.toFixed(1)} → ${fourfold.toFixed(1)} ms`)
  }
})

// Of every detector's example: its beginnings, which keep it in suspense.
function hostileUnits(all: readonly Detector[]): string[] {
  return all.flatMap(({ found, forms }) => {
    const value = new RegExp(forms.map(({ grammar }) => grammar.source).join('|')).exec(found)?.[0] ?? ''
    return [value.slice(0, 4), value.slice(0, value.length - 1)]
  })
}

function time(text: string): number {
  return timeOf(() => {
    const stream = masker.open('text')
    for (let i = 0; i < text.length; i += 4096) stream.write(text.slice(i, i + 4096))
    stream.end()
  })
}
