// The tables of detectors, and the names by which policies use them.
import t from 'tap'
import { Automata } from '../../../src/masking/automata.ts'
import { builtIn, detectors, tables } from '../../../src/masking/catalogue.ts'
import { createMasker } from '../../../src/masking/engine.ts'
import { JsonTexts } from '../../../src/masking/json-texts.ts'
import { TextStream } from '../../../src/masking/text-stream.ts'

t.test('every detector has a name of its own and a placeholder that says it', async (t) => {
  t.equal(new Set(detectors.map(({ name }) => name)).size, detectors.length)
  for (const { name, placeholder, source, score } of detectors) {
    t.match(name, /^[a-z]+(?:-[a-z]+)*$/)
    t.equal(placeholder, `[${name.toUpperCase().replaceAll('-', '_')}]`)
    t.match(source, /^(?:https:\/\/|observed$)/, `${name} has a source`)
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

t.test('a table is of one family, which the page of detectors says once', async (t) => {
  for (const table of tables)
    t.equal(new Set(table.detectors.map(({ family }) => family)).size, 1, table.title)
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
    nextSteps: [
      'Did you mean email?',
      'Use some of: all, secrets, personal, or names that this lists: sluice mask --list-detectors',
    ],
  })
})

t.test('a hostile text can’t make the memory of the automata grow: they are made anew', async (t) => {
  const limits = { states: 3_000, units: 512, credit: 20_000 }
  for (const kind of ['one text', 'many short texts', 'JSON of short strings']) {
    const automata = new Automata(detectors, limits)
    const whole = kind === 'one text' ? new TextStream(automata) : undefined
    const texts = kind.startsWith('JSON') ? new JsonTexts(automata) : undefined
    const { lineups: first } = automata
    let most = 0
    // Every beginning of every value, each after whatever announces the others.
    for (const { found } of detectors) {
      for (let length = 1; length <= found.length; length += 3) {
        const text = `${found.slice(0, length)} password="${found.slice(-length)}`
        const stream = whole ?? new TextStream(automata)
        if (!texts?.isPlain('', text, 0, text.length)) stream.write(text)
        if (!whole) stream.end()
        const { gates, product, size } = automata.lineups
        most = Math.max(most, gates.size, product.size, size)
      }
    }
    t.not(automata.lineups, first, `${kind}: they were made anew`)
    t.ok(most < 2 * limits.states, `${kind}: ${most} states`)
  }
})
