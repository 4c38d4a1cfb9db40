// Custom patterns against RE2 with its longest match: a second opinion on what a pattern means, from an engine that has
// nothing in common with this one.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import t from 'tap'
import { SluiceError } from '../../src/base/errors.ts'
import { customPattern } from '../../src/masking/custom.ts'
import { maskerOf } from '../../src/masking/engine.ts'
import type { Masker } from '../../src/masking/port.ts'
import { collect, cut } from '../support/masking-agreement.ts'

const SEED = Number(process.env['SLUICE_SEED'] ?? 20_261_123)
const RUNS = Number(process.env['SLUICE_RUNS'] ?? 150)

const atom = fc.constantFrom(
  'a',
  'b',
  '1',
  '-',
  '\\.',
  '[ab]',
  '[^a]',
  '[a-c1]',
  '[^b\\s]',
  '\\d',
  '\\w',
  '\\W',
  '.',
  'ab',
  'a1b',
)
const quantifier = fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{1,3}', '{0,2}', '{2,}')
const rarely = fc.constantFrom(false, false, false, true)
const { pattern } = fc.letrec<{ pattern: string; choice: string; sequence: string; item: string }>((tie) => ({
  pattern: fc
    .tuple(rarely, tie('sequence'), rarely)
    .map(([begins, inner, ends]) => `${begins ? '\\b' : ''}${inner}${ends ? '\\b' : ''}`),
  sequence: fc.array(tie('item'), { minLength: 1, maxLength: 4 }).map((items) => items.join('')),
  choice: fc.array(tie('sequence'), { minLength: 2, maxLength: 3 }).map((items) => items.join('|')),
  item: fc
    .tuple(
      fc.oneof(
        { maxDepth: 1 },
        atom,
        tie('choice').map((inner) => `(?:${inner})`),
      ),
      quantifier,
    )
    .map(([inner, times]) => (times !== '' && /^a[b1]/.test(inner) ? `(?:${inner})${times}` : inner + times)),
}))
// What both take for the same: no letters beyond ASCII at boundaries, no line ends that RE2 doesn't know.
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', '1', '2', '-', '.', ' ', '_', '\n'),
  maxLength: 40,
})

t.test('a custom pattern finds what RE2 finds, leftmost and longest, however the text is cut', async (t) => {
  let compared = 0
  let found = 0
  fc.assert(
    fc.property(
      pattern,
      fc.boolean(),
      fc.array(text, { minLength: 4, maxLength: 8 }),
      fc.integer({ min: 1, max: 5 }),
      (source, ignoreCase, texts, size) => {
        const masker = maskerFor(source, ignoreCase)
        if (!masker) return
        const flags = RE2JS.LONGEST_MATCH | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
        const oracle = RE2JS.compile(source, flags)
        for (const it of texts) {
          const expected: (readonly [number, number])[] = []
          const matcher = oracle.matcher(it)
          while (matcher.find()) expected.push([matcher.start(), matcher.end()])
          const { findings } = collect(it, cut(it, Array<number>(it.length).fill(size)), masker.open('text'))
          assert.deepEqual(
            findings.map(({ start, end }) => [start, end]),
            expected,
            `${source} in ${JSON.stringify(it)}`,
          )
          compared++
          found += expected.length
        }
      },
    ),
    { seed: SEED, numRuns: 2 * RUNS },
  )
  t.ok(compared > RUNS && found > RUNS, `${found} values in ${compared} texts`)
})

// Undefined where the pattern is refused: it matches the empty text, may be too long, or its boundary says nothing.
function maskerFor(source: string, ignoreCase: boolean): Masker | undefined {
  try {
    return maskerOf([customPattern({ name: 'own', ignoreCase }, source)])
  } catch (thrown) {
    if (thrown instanceof SluiceError && thrown.code === 'ERR_CONFIG') return undefined
    throw thrown
  }
}
