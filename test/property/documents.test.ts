// Whoever reads a document finds the same in it, and sends the same on.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { createThreadDocuments } from '../../src/adapters/worker-threads/thread-documents.ts'
import { createMaskers } from '../../src/assembly/maskers.ts'
import { dialects } from '../../src/dialects/all.ts'
import { createInlineDocuments } from '../../src/gateway/inline-documents.ts'
import { maskedReply, maskedRequest, threadOf } from '../support/documents.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'ada@example.org',
    '4111 1111 1111 1111',
    '{"to":"bob\\u0040example.org"}',
    'ada@exam',
    'ple.org',
  ),
)
const part = fc.record({ type: fc.constantFrom('text', 'image_url'), text })
const content = fc.oneof(text, fc.array(part, { maxLength: 4 }), fc.integer())
const request = fc.record(
  {
    model: fc.oneof(fc.constant('m'), text),
    messages: fc.array(fc.record({ role: fc.constantFrom('user', 'system'), content }), { maxLength: 4 }),
    stream: fc.boolean(),
    stream_options: fc.constantFrom({}, { include_usage: true }),
    metadata: fc.dictionary(
      text,
      fc.oneof(text, fc.integer({ min: 4_000_000_000_000_000, max: Number.MAX_SAFE_INTEGER })),
    ),
  },
  { requiredKeys: ['model', 'messages'] },
)
const reply = fc.record({
  choices: fc.array(fc.record({ index: fc.nat(3), message: fc.record({ content: text }) }), { maxLength: 3 }),
  id: text,
  usage: fc.constant({ prompt_tokens: 1, completion_tokens: 2 }),
})
/** Documents, and some that are cut or hold a wrong byte. */
const bytesOf = (value: fc.Arbitrary<object>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(value, fc.option(fc.nat(), { freq: 4 }), fc.option(fc.nat(255), { freq: 4 }))
    .map(([object, cut, byte]) => {
      const bytes = Buffer.from(JSON.stringify(object))
      if (byte !== null && cut !== null) bytes[cut % bytes.length] = byte
      return cut === null || byte !== null ? bytes : bytes.subarray(0, cut % bytes.length)
    })

const inline = createInlineDocuments(dialects, createMaskers())
const threads = createThreadDocuments(
  () => threadOf(new URL('../../src/assembly/reader-worker.ts', import.meta.url)),
  2,
)
t.teardown(() => threads.close())

t.test('inline and in threads: requests', () =>
  fc.assert(
    fc.asyncProperty(bytesOf(request), async (bytes) => {
      assert.deepEqual(await maskedRequest(threads, bytes), await maskedRequest(inline, bytes))
    }),
    { numRuns: 300, seed: 7 },
  ),
)

t.test('inline and in threads: replies', () =>
  fc.assert(
    fc.asyncProperty(bytesOf(reply), async (bytes) => {
      assert.deepEqual(await maskedReply(threads, bytes), await maskedReply(inline, bytes))
    }),
    { numRuns: 200, seed: 7 },
  ),
)
