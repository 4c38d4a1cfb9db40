// Streams that rest while the automata they stand in are made anew: they go on in the new ones, and keep little of the old.
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { Automata } from '../../../src/masking/automata.ts'
import { detectors as catalogue } from '../../../src/masking/catalogue.ts'
import { TextStream } from '../../../src/masking/text-stream.ts'

const detectors = catalogue.filter(({ forms }) => forms.length > 0)
const LIMITS = { states: 2_000, units: 1_000, credit: 20_000 }
const GENERATIONS = 12
/** In bytes; all of them would be 6 MB. */
const MOST_KEPT = 2_500_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function memory(): Promise<number> {
  // What the first collection finds to be free may be given back between it and the next.
  collect()
  await setTimeout(50)
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

// The beginnings of values, ever others: text that makes states.
function* beginnings(): Generator<string> {
  for (let i = 0; ; i = (i * 7 + 1) % 1_000_003) {
    const { found } = detectors[i % detectors.length] as (typeof detectors)[number]
    yield `${found.slice(0, 3 + (i % 17))}${' .-:1,'.charAt(i % 6)}`
  }
}

t.test('streams that rest', async (t) => {
  const automata = new Automata(detectors, LIMITS)
  const texts = beginnings()
  const busy = new TextStream(automata)
  const renew = (): void => {
    for (const { lineups } = automata; automata.lineups === lineups;) busy.write(String(texts.next().value))
  }
  for (let i = 0; i < GENERATIONS; i++) renew()
  const before = await memory()
  const resting: TextStream[] = []
  for (let i = 0; i < GENERATIONS; i++) {
    renew()
    const stream = new TextStream(automata)
    stream.write('Please write to ada@exam')
    resting.push(stream)
  }
  const each = ((await memory()) - before) / GENERATIONS
  t.ok(each < MOST_KEPT, `of each of the old automata ${each} bytes are kept`)
  for (const stream of resting) {
    const { edits } = stream.write('ple.com today.')
    t.same(edits.concat(stream.end().edits), [{ start: 16, end: 31, text: '[EMAIL]' }])
  }
})
