// Detectors that look at all ends of a text at once: they find what asking for each end finds.
import fc from 'fast-check'
import t from 'tap'
import { detectors } from '../../../src/masking/catalogue.ts'
import type { Detector } from '../../../src/masking/detector.ts'

/** Their values whole, and with a piece of another in place of their own, which most checksums notice. */
function textsOf({ found, nearMiss }: Detector): fc.Arbitrary<string> {
  const values = `${found} ${nearMiss}`.split(/[ =:,"]+/).filter((part) => part.length > 5)
  const spaced = [found, nearMiss, ...values].flatMap(suffixes).filter((text) => /^[0-9A-Za-z]/.test(text))
  const value = fc.constantFrom(...spaced)
  const tail = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF .-_zZ1'), maxLength: 40 })
  const parts = fc.tuple(value, fc.nat(30), tail, fc.boolean())
  return parts.map(([text, at, more, isWhole]) => (isWhole ? text + more : text.slice(0, at + 4) + more))
}

function suffixes(text: string): string[] {
  return Array.from({ length: Math.min(text.length - 4, 40) }, (_, at) => text.slice(at))
}

for (const detector of detectors) {
  const { name, check, lastValid } = detector
  if (!check || !lastValid || (lastValid.name === 'lastVaried' && name !== 'github-token')) continue
  t.test(name, async () => {
    fc.assert(
      fc.property(textsOf(detector), fc.nat(20), fc.boolean(), (text, step, isWhole) => {
        const ends = Array.from({ length: text.length }, (_, i) => i + 1).filter(
          (end) =>
            end > 8 &&
            end < text.length &&
            end % ((step % 4) + 1) === 0 &&
            /[0-9A-Za-z]/.test(text[end - 1] as string),
        )
        const all = isWhole ? [...ends, text.length] : ends
        const expected = all.findLast((end) => check(text.slice(0, end)))
        const endsUpTo = (upTo: number): readonly number[] => ends.filter((end) => end <= upTo)
        if (lastValid(text, isWhole, endsUpTo) !== expected) throw new Error(`${text}: ${expected}`)
      }),
      { numRuns: 2_000, seed: 3 },
    )
  })
}

t.test('some find valid ends, others none', async (t) => {
  const tried = detectors.filter(({ lastValid }) => lastValid !== undefined)
  t.ok(tried.length > 50)
  const card = detectors.find(({ name }) => name === 'card')
  t.equal(
    card?.lastValid?.('4111 1111 1111 1111 11', true, () => [19]),
    19,
  )
  const asked = (): number[] => {
    throw new Error('asked for ends')
  }
  t.equal(card?.lastValid?.('8999 1111 1111 1111', true, asked), undefined)
})
