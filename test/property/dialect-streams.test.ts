// Every dialect's stream through the masker: cut anywhere the same, nothing changed that need not be, nothing held in vain.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Release } from '../../src/gateway/release.ts'
import { createMasker } from '../../src/masking/engine.ts'
import { builtIn } from '../../src/masking/catalogue.ts'
import { frames, spoken, type Spoken } from '../support/spoken.ts'

const masker = createMasker(builtIn.resolve(['all']))
const SECRETS = ['grace.hopper@example.com', '4111 1111 1111 1111', 'AKIAIOSFODNN7EXAMPLE']

function open({ dialect, operation, request }: Spoken): Release {
  const asked = operation.readRequest(request('hi'), {})
  return new Release(dialect.framing, operation.events({ ...asked, wants: ['usage'] }), masker, 1 << 20)
}

function through(of: Spoken, chunks: readonly Buffer[]): string {
  const release = open(of)
  const out: Buffer[] = []
  const take = (left: readonly Buffer[]): void => {
    out.push(...left)
    while (release.isBehind) out.push(...release.goOn())
  }
  for (const chunk of chunks) take(release.push(chunk))
  take(release.end())
  assert.ok(release.terminal, 'the stream has ended')
  return Buffer.concat([...out, release.terminal]).toString()
}

const saying = `Für "Grace" 🎉: ${SECRETS.join(', ')}.\nAnd\tso on.`
const replies = [
  { content: saying },
  { content: 'Nothing to see here, dear reader: 🎉 move on.', reasoning: saying },
  { reasoning: 'hm', tool: { name: 'look_up', arguments: { query: saying, n: 4111111111111111 } } },
]

for (const of of spoken) {
  t.test(`${of.name}: cut at any bytes, a stream is masked the same`, (t) => {
    for (const reply of replies) {
      if (of.name === 'ollama generate' && 'tool' in reply) continue
      const wire = Buffer.concat(frames(of, reply))
      const whole = through(of, [wire])
      for (const secret of SECRETS) t.notOk(whole.includes(secret), secret)
      t.notOk(/4111111111111111/.test(whole))
      t.match(whole, /\[EMAIL\]/)
      fc.assert(
        fc.property(fc.array(fc.nat(wire.length), { maxLength: 40 }), (cuts) => {
          const at = [0, ...cuts.toSorted((a, b) => a - b), wire.length]
          const chunks = at.slice(1).map((end, i) => wire.subarray(at[i], end))
          assert.equal(through(of, chunks), whole)
        }),
        { numRuns: 60, seed: 20261123 },
      )
      assert.equal(
        through(
          of,
          [...wire].map((byte) => Buffer.from([byte])),
        ),
        whole,
      )
    }
    t.end()
  })

  t.test(
    `${of.name}: what holds nothing leaves byte for byte, each event before the second after it comes`,
    (t) => {
      // Each of these words is one token: a longer one could become the beginning of an address.
      const events = frames(of, {
        content: 'the quick brown fox went over the lazy dog again',
        reasoning: 'well then',
      })
      t.equal(through(of, [Buffer.concat(events)]), Buffer.concat(events).toString())
      const release = open(of)
      let left = 0
      events.slice(0, -1).forEach((event, index) => {
        left += release.push(event).reduce((sum, { length }) => sum + length, 0)
        const before = events.slice(0, index).reduce((sum, { length }) => sum + length, 0)
        t.ok(left >= before, `event ${index} has the ones before it gone`)
      })
      t.end()
    },
  )

  t.test(`${of.name}: line ends, comments and a missing last line change nothing`, (t) => {
    const wire = Buffer.concat(frames(of, { content: saying })).toString()
    const whole = through(of, [Buffer.from(wire)])
    t.equal(through(of, [Buffer.from(wire.replaceAll('\n', '\r\n'))]), whole)
    t.equal(through(of, [Buffer.from(wire.replace(/\n+$/, ''))]), whole)
    if (of.dialect.framing.type === 'text/event-stream') {
      t.equal(through(of, [Buffer.from(`\ufeff: hello\n\nid: 7\nretry: 10\n${wire}`)]), whole)
      t.equal(through(of, [Buffer.from(wire.replaceAll('data: ', 'data:'))]), whole)
    } else t.equal(through(of, [Buffer.from(wire.replaceAll('\n', '\n\n'))]), whole)
    t.end()
  })
}
