import assert from 'node:assert/strict'
import t from 'tap'
import fc from 'fast-check'
import { encodeSse, FramingError, SseDecoder, type SseEvent } from '../../../src/dialects/sse.ts'

const read = (chunks: readonly Buffer[], max = 1 << 20) => {
  const decoder = new SseDecoder(max, true)
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()]
}
const bytesOf = (event: SseEvent | undefined) => event?.source.subarray(event.start, event.end)
const cut = (bytes: Buffer, cuts: readonly number[]) => {
  const at = [0, ...cuts.map((c) => c % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((to, i) => Buffer.from(bytes.subarray(at[i], to)))
}

const STREAMS: Record<string, { wire: string; data: string[] }> = {
  plain: { wire: 'data: {"a":1}\n\ndata: [DONE]\n\n', data: ['{"a":1}', '[DONE]'] },
  'CRLF, comments, id and retry': {
    wire: ': hello\r\n\r\nid: 7\r\nretry: 10\r\ndata: one\r\n\r\n: ping\r\ndata:two\r\n\r\n',
    data: ['one', 'two'],
  },
  'lone CR': { wire: 'data: one\r\rdata: two\r\r', data: ['one', 'two'] },
  'a byte order mark': { wire: '\ufeffdata: one\n\n', data: ['one'] },
  'several data lines': { wire: 'data: {"a":\ndata: 1}\n\n', data: ['{"a":\n1}'] },
  'named events': { wire: 'event: error\ndata: x\n\n', data: ['x'] },
  'no last blank line': { wire: 'data: one\n\ndata: two', data: ['one', 'two'] },
  'text beyond ASCII': { wire: 'data: grüße 🦆 漢字\n\ndata: é\n\n', data: ['grüße 🦆 漢字', 'é'] },
  'comments in every spelling': {
    wire: ':\n: a\n\n:b\rdata: one\n: c\n\n\n:d\r\n\r\n: e\r\ndata: two\n\n: f',
    data: ['one', 'two'],
  },
  'extra blank lines': { wire: '\n\ndata: one\n\n\n\n\ndata: two\n\n', data: ['one', 'two'] },
}

for (const [name, { wire, data }] of Object.entries(STREAMS)) {
  t.test(`${name}: the same events however the bytes are cut`, (t) => {
    const bytes = Buffer.from(wire)
    t.same(
      read([bytes]).map((event) => event.data),
      data,
    )
    t.same(
      read([...bytes].map((byte) => Buffer.from([byte]))).map((event) => event.data),
      data,
      'byte by byte',
    )
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 6 }), (cuts) => {
        assert.deepEqual(
          read(cut(bytes, cuts)).map((event) => event.data),
          data,
        )
      }),
      { seed: 3, numRuns: 60 },
    )
    t.end()
  })
}

t.test('the usual spelling keeps its bytes, another is respelled in one data line', (t) => {
  const usual = Buffer.from('data: {"a": 1}\n\n')
  t.same(bytesOf(read([usual])[0]), usual)
  t.equal(
    bytesOf(read([Buffer.from('id: 1\r\ndata:{"a":\r\ndata:1}\r\n\r\n')])[0])?.toString(),
    'data: {"a": 1}\n\n',
  )
  t.equal(encodeSse('x', 'error').toString(), 'event: error\ndata: x\n\n')
  t.end()
})

t.test('invalid UTF-8 and an event beyond the bound end the stream', (t) => {
  t.throws(() => read([Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0x20, 0xff, 0x0a, 0x0a])]), FramingError)
  t.throws(() => read([Buffer.from(`data: ${'x'.repeat(200)}`)], 100), FramingError)
  const decoder = new SseDecoder(100, true)
  t.throws(() => {
    for (let i = 0; i < 200; i++) decoder.push(Buffer.from('xxxxx'))
  }, FramingError)
  t.end()
})
