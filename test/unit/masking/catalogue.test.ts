// The tables of detectors, and the names by which policies use them.
import t from 'tap'
import { Automata } from '../../../src/masking/automata.ts'
import { builtIn, detectors } from '../../../src/masking/catalogue.ts'
import { createMasker } from '../../../src/masking/engine.ts'
import { FIRST } from '../../../src/masking/product.ts'

t.test('every detector has a name of its own and a placeholder that says it', async (t) => {
  t.equal(new Set(detectors.map(({ name }) => name)).size, detectors.length)
  for (const { name, placeholder, source, score } of detectors) {
    t.match(name, /^[a-z]+(?:-[a-z]+)*$/)
    t.equal(placeholder, `[${name.toUpperCase().replaceAll('-', '_')}]`)
    t.match(source, /^https:\/\//, `${name} has a source`)
    t.ok(score > 0 && score <= 1)
  }
})

t.test('each detector finds its example, and none of the others takes its place', async (t) => {
  const all = createMasker(builtIn.resolve(['all']))
  for (const detector of detectors) {
    const alone = createMasker([detector.name])
    t.equal(alone.mask(detector.found).findings[0]?.detector, detector.name, `${detector.name}: found`)
    t.strictSame(alone.mask(detector.nearMiss).findings, [], `${detector.name}: near miss`)
    t.ok(all.mask(detector.found).text.includes(detector.placeholder), `${detector.name}: among all`)
  }
})

t.test('families and names resolve in the order of the list, each once', async (t) => {
  t.strictSame(builtIn.resolve(['email', 'card', 'email']), ['email', 'card'])
  t.equal(builtIn.resolve(['phone', 'all'])[0], 'phone')
  t.equal(builtIn.resolve(['all']).length, detectors.length)
  t.strictSame(new Set(builtIn.resolve(['personal', 'secrets'])), new Set(detectors.map(({ name }) => name)))
  t.ok(builtIn.maskNames.includes('personal'))
  t.throws(() => builtIn.resolve(['emial']), {
    code: 'ERR_CONFIG',
    message: 'There is no detector "emial".',
    nextSteps: [/^Use some of: all, secrets, personal, .*email/],
  })
})

t.test(
  'all detectors together have few states, so a hostile text can’t make their memory grow',
  async (t) => {
    const { lineups, classes } = new Automata(detectors)
    const { gates, product } = lineups
    const width = Math.max(...classes) + 1
    for (let gate = 0; gate < gates.size * width; gate += width) {
      for (let k = 0; k < width; k++) gates.begin(gates.after(gate, k), k)
    }
    for (let state = width * FIRST; state < product.size * width * FIRST; state += width * FIRST) {
      for (let k = 0; k < width; k++) product.next(state, k)
      if (product.size > 20_000) break
    }
    t.ok(product.size < 20_000, `${product.size} states`)
  },
)
