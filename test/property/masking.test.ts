// The engine against the reference: on texts rich in values and near-values, however they are cut.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { anchorsOf } from '../../src/masking/anchors.ts'
import { detectors } from '../../src/masking/catalogue.ts'
import type { Detector } from '../../src/masking/detector.ts'
import { maskerOf } from '../../src/masking/engine.ts'
import type { Edit, MaskStream, Settled } from '../../src/masking/port.ts'
import { TextStream } from '../../src/masking/text-stream.ts'
import type { Finding } from '../../src/terms/finding.ts'
import { edited, referenceJson, referenceText } from '../support/masking-reference.ts'
import { jsonTexts, texts } from '../support/masking-texts.ts'

const SEED = Number(process.env['SLUICE_SEED'] ?? 20_260_711)
const RUNS = Number(process.env['SLUICE_RUNS'] ?? 150)
const masker = maskerOf(detectors)
const settings = { seed: SEED, numRuns: RUNS }

const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 9 }))

t.test('text: the engine finds and masks what the reference does, for every cut', async () => {
  fc.assert(
    fc.property(texts, cuts, (text, sizes) => {
      const expected = referenceText(text, detectors)
      for (const pieces of [[text], text.split(''), cut(text, sizes)]) {
        const actual = collect(text, pieces, masker.open('text'))
        assert.equal(actual.text, expected.text)
        assert.deepEqual(actual.findings, expected.findings)
      }
    }),
    settings,
  )
})

t.test('JSON: the engine finds and masks what the reference does, for every cut', async () => {
  fc.assert(
    fc.property(jsonTexts, cuts, (text, sizes) => {
      const expected = referenceJson(text, detectors)
      for (const pieces of [[text], text.split(''), cut(text, sizes)]) {
        const actual = collect(text, pieces, masker.open('json'))
        assert.equal(actual.text, expected.text)
        assert.deepEqual(actual.findings, expected.findings)
      }
    }),
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
  const anchors = anchorsOf(detectors)
  const byName = new Map(detectors.map((detector) => [detector.name, detector]))
  let held = 0
  fc.assert(
    fc.property(texts, (whole) => {
      const stream = new TextStream(anchors)
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
      const once = masker.mask(text).text
      assert.equal(masker.mask(once).text, once)
    }),
    { ...settings, numRuns: 4 * RUNS },
  )
})

t.test('hostile text takes time in proportion to its length', async (t) => {
  const size = 30_000
  for (const unit of [
    ...hostileUnits(detectors),
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
  const stream = masker.open('text')
  const start = performance.now()
  for (let i = 0; i < text.length; i += 4096) stream.write(text.slice(i, i + 4096))
  stream.end()
  return performance.now() - start
}

function cut(text: string, sizes: Iterable<number>): string[] {
  const pieces: string[] = []
  let at = 0
  for (const size of sizes) {
    if (at >= text.length) break
    pieces.push(text.slice(at, (at += size)))
  }
  return pieces
}

// Plays the caller: releases what is settled, and checks what the port promises on the way.
function collect(text: string, pieces: readonly string[], stream: MaskStream) {
  const edits: Edit[] = []
  const findings: Finding[] = []
  let through = 0
  let written = 0
  const take = (settled: Settled) => {
    if (settled.through < through) throw new Error('went back')
    if (settled.through > written) throw new Error('went beyond the text')
    for (const edit of settled.edits) {
      if (edit.start < through || edit.end > settled.through)
        throw new Error(`edit of what had left: ${text}`)
      edits.push(edit)
    }
    if (splitsPair(text, settled.through)) throw new Error(`cut a surrogate pair: ${text}`)
    through = settled.through
    findings.push(...settled.findings)
  }
  for (const piece of pieces) {
    written += piece.length
    take(stream.write(piece))
  }
  take(stream.end())
  if (through !== text.length) throw new Error('did not end')
  return { text: edited(text, edits), findings }
}

function splitsPair(text: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(text[at - 1] ?? '') && /[\udc00-\udfff]/.test(text[at] ?? '')
}
