// Streams as real servers send them (written down from their documentation and sources, in test/vectors/dialects): all
// detectors on, they pass byte for byte, however they are cut.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { dialects } from '../../src/dialects/all.ts'
import type { Dialect } from '../../src/dialects/dialect.ts'
import { Release } from '../../src/gateway/release.ts'
import { builtIn } from '../../src/masking/catalogue.ts'
import { createMasker } from '../../src/masking/engine.ts'
import { operationAt } from '../support/operation-at.ts'

const folder = new URL('../vectors/dialects/', import.meta.url)
const masker = createMasker(builtIn.resolve(['all']))
// An address may begin with any word: these hold no word back.
const patient = createMasker(['card', 'aws-key', 'private-key'])
const PATHS: Record<string, string> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  anthropic: '/v1/messages',
  'ollama-chat': '/api/chat',
  'ollama-generate': '/api/generate',
}

function through(dialect: Dialect, path: string, chunks: readonly Buffer[]): string {
  const release = new Release(
    dialect.framing,
    operationAt(dialect, path).events({ wants: ['usage'] }),
    masker,
    1 << 20,
  )
  const out: Buffer[] = []
  for (const chunk of chunks) {
    out.push(...release.push(chunk))
    while (release.isBehind) out.push(...release.goOn())
  }
  if (!release.terminal) out.push(...release.end())
  assert.ok(release.terminal, 'the stream has ended')
  return Buffer.concat([...out, release.terminal]).toString()
}

for (const file of readdirSync(folder)) {
  const named = Object.keys(PATHS).find((name) => file.startsWith(name)) ?? ''
  const path = PATHS[named] ?? ''
  const dialect = dialects.find((one) => one.route('POST', path)) as Dialect
  const wire = readFileSync(new URL(file, folder))
  // A comment is dropped, and token ids are withheld; nothing else changes.
  const expected = wire
    .toString()
    .replace(/^:.*\n\n/gm, '')
    .replace(/,"context":\[[\d,]*\]/, '')
  const isSse = dialect.framing.type === 'text/event-stream'

  t.test(`${file}: passes byte for byte, however it is cut`, (t) => {
    t.equal(through(dialect, path, [wire]), expected)
    const bytes = [...wire].map((byte) => Buffer.from([byte]))
    t.equal(through(dialect, path, bytes), expected, 'byte by byte')
    fc.assert(
      fc.property(fc.array(fc.nat(wire.length), { maxLength: 30 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), wire.length]
        assert.equal(
          through(
            dialect,
            path,
            at.slice(1).map((end, i) => wire.subarray(at[i], end)),
          ),
          expected,
        )
      }),
      { numRuns: 40, seed: 20261123 },
    )
    t.end()
  })

  t.test(`${file}: line ends, comments, noise and a missing last line change nothing`, (t) => {
    const text = wire.toString()
    const same = (other: string, why: string): void =>
      void t.equal(through(dialect, path, [Buffer.from(other)]), expected, why)
    same(text.replaceAll('\n', '\r\n'), 'CRLF')
    same(text.trimEnd(), 'no last line')
    if (isSse) {
      same(text.replaceAll('\n', '\r'), 'CR')
      same(
        `\ufeff${text.replaceAll('data: ', 'id: 1\nretry: 5\n: hm\ndata:')}`,
        'a mark, ids, comments, no space',
      )
    } else same(text.replaceAll('\n', '\n\n'), 'blank lines')
    t.end()
  })

  t.test(`${file}: each event has left before the second after it comes`, (t) => {
    const release = new Release(
      dialect.framing,
      operationAt(dialect, path).events({ wants: ['usage'] }),
      patient,
      1 << 20,
    )
    const frames = wire.toString().match(isSse ? /.+?\n\n/gs : /.+\n/g) ?? []
    let left = 0
    frames.slice(0, -1).forEach((frame, index) => {
      left += release.push(Buffer.from(frame)).reduce((sum, { length }) => sum + length, 0)
      const before = frames
        .slice(0, index)
        .filter((one) => !one.startsWith(':'))
        .join('')
      t.ok(left >= Buffer.byteLength(before), `event ${index} has the ones before it gone`)
    })
    t.end()
  })
}
