// Bytes on the wire that HTTP forbids, or that two readers read differently: each is refused in JSON, by name, and asks nothing.
import t, { type Test } from 'tap'
import { startTestGateway, TOKEN, type TestGateway } from '../support/gateway-parts.ts'
import { chatHead, chatRequest, rawCaller, type RawCaller } from '../support/raw-caller.ts'
import {
  completion,
  startScriptedUpstream,
  whole,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

let upstream: ScriptedUpstream
let gateway: TestGateway

t.before(async () => {
  upstream = await startScriptedUpstream(
    ({ socket }) => void socket.write(whole(200, 'application/json', completion('Hello there'))),
  )
  gateway = await startTestGateway(upstream.url)
})
t.teardown(async () => {
  await gateway.server.stop(0)
  await upstream.close()
})

const BODY = JSON.stringify({ model: 'open', messages: [{ role: 'user', content: 'hi secret-word' }] })
const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`

/** A chat request with these header lines instead of its content-length. */
const chat = (lines: readonly string[], body = BODY, version = '1.1'): string =>
  chatHead(0, lines, version).replace('content-length: 0\r\n', '') + body

const LENGTH = `content-length: ${BODY.length}`

interface Told {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** The one JSON error that came, on a connection that was closed after it. */
async function told(t: Test, caller: RawCaller, why: string): Promise<Told> {
  await until(`${why} is answered`, () => caller.came().includes('(req_'))
  caller.socket.end()
  t.equal(await caller.ended, undefined, `${why}: closed, not reset`)
  const came = caller.came()
  const [head = '', ...rest] = came.split('\r\n\r\n')
  t.equal(came.match(/HTTP\/1\.1 \d/g)?.length, 1, `${why}: one reply`)
  t.match(head, /^content-type: application\/json$/im, why)
  t.match(head, /^sluice-request-id: req_\w+$/im, why)
  t.match(head, /^connection: close$/im, why)
  const { error } = JSON.parse(rest.join('\r\n\r\n')) as { error: { code: string; message: string } }
  t.notMatch(came, new RegExp(`secret-word|${TOKEN}|evil`), `${why}: nothing is quoted`)
  t.match(error.message, /\. \S.*\. \(req_\w+\)$/, `${why}: it says what next`)
  return { status: Number(head.split(' ')[1]), ...error }
}

type Row = readonly [why: string, bytes: string, status: number, says: RegExp]

const SMUGGLING: readonly Row[] = [
  [
    'length and chunks',
    chat([LENGTH, 'transfer-encoding: chunked'], CHUNKED),
    400,
    /INVALID_TRANSFER_ENCODING/,
  ],
  ['chunks and length', chat(['transfer-encoding: chunked', LENGTH], CHUNKED), 400, /INVALID_CONTENT_LENGTH/],
  ['two lengths', chat([LENGTH, 'content-length: 3']), 400, /UNEXPECTED_CONTENT_LENGTH/],
  ['the same length twice', chat([LENGTH, LENGTH]), 400, /UNEXPECTED_CONTENT_LENGTH/],
  ['a list of lengths', chat([`${LENGTH}, ${BODY.length}`]), 400, /INVALID_CONTENT_LENGTH/],
  ['a signed length', chat([`content-length: +${BODY.length}`]), 400, /INVALID_CONTENT_LENGTH/],
  ['a negative length', chat(['content-length: -1']), 400, /INVALID_CONTENT_LENGTH/],
  ['a length in hex', chat(['content-length: 0x2']), 400, /INVALID_CONTENT_LENGTH/],
  ['a length beyond numbers', chat([`content-length: ${'9'.repeat(30)}`]), 400, /INVALID_CONTENT_LENGTH/],
  ['a space before the colon', chat([`content-length : ${BODY.length}`]), 400, /INVALID_HEADER_TOKEN/],
  ['a folded header', chat([LENGTH, 'x-evil: a\r\n b']), 400, /INVALID_HEADER_TOKEN/],
  [
    'a folded transfer-encoding',
    chat(['transfer-encoding:\r\n chunked'], CHUNKED),
    400,
    /INVALID_HEADER_TOKEN/,
  ],
  ['a bare LF between headers', chat([`x-evil: a\n${LENGTH}`]), 400, /CR_EXPECTED/],
  ['a bare LF at the end of the line', chat([LENGTH]).replace('\r\n', '\n'), 400, /INVALID_VERSION/],
  ['a bare CR in a header', chat([`x-evil: a\r${LENGTH}`]), 400, /LF_EXPECTED/],
  ['a NUL in a header', chat([LENGTH, 'x-evil: a\0b']), 400, /INVALID_HEADER_TOKEN/],
  ['a NUL in a header’s name', chat([LENGTH, 'x\0evil: b']), 400, /INVALID_HEADER_TOKEN/],
  ['an empty name', chat([LENGTH, ': evil']), 400, /INVALID_HEADER_TOKEN/],
  ['a space before the first header', chat([LENGTH]).replace('host:', ' host:'), 400, /UNEXPECTED_SPACE/],
  ['compressed chunks', chat(['transfer-encoding: gzip, chunked'], CHUNKED), 400, /must be chunked/],
  ['chunks that are not last', chat(['transfer-encoding: chunked, gzip'], CHUNKED), 400, /TRANSFER_ENCODING/],
  [
    'chunked twice',
    chat(['transfer-encoding: chunked', 'transfer-encoding: chunked'], CHUNKED),
    400,
    /TRANSFER/,
  ],
  ['identity', chat(['transfer-encoding: identity']), 400, /must be chunked|TRANSFER_ENCODING/],
  ['xchunked', chat(['transfer-encoding: xchunked'], CHUNKED), 400, /must be chunked|TRANSFER_ENCODING/],
  ['a vertical tab before chunked', chat(['transfer-encoding: \x0bchunked'], CHUNKED), 400, /INVALID_HEADER/],
  [
    'chunks in HTTP/1.0',
    chat(['transfer-encoding: chunked'], CHUNKED, '1.0'),
    400,
    /must be chunked, in HTTP\/1\.1/,
  ],
  [
    'two tokens',
    chat([LENGTH, 'authorization: Bearer evil']),
    400,
    /header authorization comes more than once/,
  ],
  [
    'two content types',
    chat([LENGTH, 'content-type: evil']),
    400,
    /header content-type comes more than once/,
  ],
  [
    'two codings',
    chat([LENGTH, 'content-encoding: gzip', 'content-encoding: evil']),
    400,
    /content-encoding comes/,
  ],
  ['two hosts', chat([LENGTH, 'host: evil']), 400, /header host comes more than once/],
  ['no host', chat([LENGTH]).replace('host: gateway\r\n', ''), 400, /header host is missing/],
  ['an absolute target', chat([LENGTH]).replace('/v1/', 'http://evil/v1/'), 400, /target must be a path/],
  ['an asterisk', 'OPTIONS * HTTP/1.1\r\nhost: gateway\r\n\r\n', 400, /target must be a path/],
  ['a target that is none', chat([LENGTH]).replace('/v1/chat', 'evil'), 400, /INVALID_URL/],
  ['CONNECT', 'CONNECT evil:443 HTTP/1.1\r\nhost: evil\r\n\r\n', 400, /no proxy/],
  ['another expectation', chat([LENGTH, 'expect: evil']), 417, /no other expectation/],
  ['HTTP/0.9', 'GET /v1/models\r\n\r\n', 505, /HTTP\/1\.1 and 1\.0 only/],
  ['HTTP/2 said aloud', chat([LENGTH], BODY, '2.0'), 505, /HTTP\/1\.1 and 1\.0 only/],
  ['HTTP/2’s preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, /HTTP\/1\.1 and 1\.0 only/],
  ['HTTP/3.7', chat([LENGTH], BODY, '3.7'), 400, /INVALID_VERSION/],
  ['a method in small letters', chat([LENGTH]).replace('POST', 'post'), 400, /INVALID_METHOD/],
  ['TLS spoken to plain HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01', 400, /INVALID_METHOD/],
  ['a long header', chat([LENGTH, `x-evil: ${'a'.repeat(20_000)}`]), 431, /larger than 16 KiB/],
  ['a long path', chat([LENGTH]).replace('/v1/', `/${'a'.repeat(20_000)}/`), 431, /larger than 16 KiB/],
  [
    'many headers',
    chat([LENGTH, ...Array.from({ length: 300 }, (_, n) => `x-${n}: a`)]),
    431,
    /more than 200 headers/,
  ],
]

t.test('heads that are not HTTP, or that two readers read differently', async (t) => {
  const asked = upstream.asked.length
  for (const [why, bytes, status, says] of SMUGGLING) {
    const { code, message, ...rest } = await told(t, await rawCaller(gateway.url, bytes), why)
    t.equal(rest.status, status, why)
    t.match(message, says, why)
    t.equal(code, status === 431 ? 'ERR_REQUEST_TOO_LARGE' : 'ERR_REQUEST_INVALID', why)
  }
  await gateway.quiet()
  t.equal(upstream.asked.length, asked)
  t.same(gateway.ledger.entries, [], 'whose token it is, such a head does not tell: they are counted')
  const counted = /refusals_total\{code="ERR_REQUEST_INVALID"\} (\d+)/.exec(await metrics())?.[1]
  t.equal(Number(counted), SMUGGLING.filter(([, , status]) => status !== 431).length)
})

t.test('bodies whose framing breaks: an error in the dialect, and one refusal each', async (t) => {
  const asked = upstream.asked.length
  const CHUNKS = chat(['transfer-encoding: chunked'], '')
  for (const [why, body, status, says] of [
    ['no size', 'zz\r\n', 400, /INVALID_CHUNK_SIZE/],
    ['a bare LF after the size', `${BODY.length.toString(16)}\n${BODY}\n0\n\n`, 400, /CR_EXPECTED/],
    ['more than the size says', `1\r\n${BODY}\r\n0\r\n\r\n`, 400, /STRICT/],
    ['an endless extension', `2;${'a'.repeat(20_000)}\r\n`, 413, /extensions of a chunk/],
    ['an extension that ends in LF', `2;\n{}\r\n0\r\n\r\n`, 400, /CR_EXPECTED/],
  ] as const) {
    const before = gateway.ledger.entries.length
    const caller = await rawCaller(gateway.url, CHUNKS)
    await until('the exchange is open', async () => /_open 1$/m.test(await metrics()))
    caller.socket.write(body)
    t.match(await told(t, caller, why), { status, message: says }, why)
    await gateway.quiet()
    t.match(gateway.ledger.entries.slice(before), [{ kind: 'refusal', subject: 'sub_ada' }], why)
    t.equal(gateway.ledger.entries.length, before + 1, why)
    t.match(caller.came(), new RegExp(`^sluice-entry: ${before}\r$`, 'm'), why)
  }
  for (const bytes of [chatHead(1_000) + BODY, CHUNKS + `ff\r\n${BODY}`]) {
    const caller = await rawCaller(gateway.url, bytes)
    caller.socket.end()
    t.match(await told(t, caller, 'an early end'), { status: 400, message: /ended early/ })
    t.match(gateway.ledger.entries.at(-1), { kind: 'refusal', error: 'ERR_REQUEST_INVALID' })
  }
  t.equal(upstream.asked.length, asked)
})

t.test(
  'what HTTP allows is served: extensions and trailers are left out, upgrades not taken up',
  async (t) => {
    for (const [why, bytes] of [
      ['chunk extensions', chat(['transfer-encoding: chunked'], CHUNKED.replace('\r\n', ';a="b";c\r\n'))],
      [
        'trailers',
        chat(
          ['transfer-encoding: Chunked', 'trailer: authorization'],
          CHUNKED.replace(/\r\n$/, 'authorization: Bearer evil\r\ncontent-type: evil\r\n\r\n'),
        ),
      ],
      [
        'h2c',
        chat([
          LENGTH,
          'connection: upgrade, http2-settings',
          'upgrade: h2c',
          'http2-settings: AAMAAABkAAQCAAAAAAIAAAAA',
        ]),
      ],
      ['a WebSocket', chat([LENGTH, 'connection: upgrade', 'upgrade: websocket'])],
      [
        'headers of the connection',
        chat([LENGTH, 'connection: authorization, content-type, x-evil', 'x-evil: 1']),
      ],
      ['what a proxy says', chat([LENGTH, 'forwarded: for=evil', 'x-forwarded-host: evil', 'via: 1.1 evil'])],
      ['100-continue', chat([LENGTH, 'expect: 100-continue'])],
      ['HTTP/1.0', chat([LENGTH], BODY, '1.0')],
    ] as const) {
      const asked = upstream.asked.length
      const caller = await rawCaller(gateway.url, bytes)
      await until(`${why} is answered`, () => caller.came().includes('Hello there'))
      t.match(caller.came(), /HTTP\/1\.1 200 /, why)
      t.equal(upstream.asked.length, asked + 1, why)
      t.notMatch(upstream.asked.at(-1)?.head, /evil|upgrade|expect|forwarded|via|transfer-encoding/i, why)
      caller.socket.destroy()
    }
  },
)

t.test(
  'requests sent ahead are answered one at a time, in order; garbage after one comes after its reply',
  async (t) => {
    const held: (() => void)[] = []
    const answer = upstream.script
    upstream.script = (asked) => void held.push(() => answer(asked))
    t.teardown(() => (upstream.script = answer))
    const asked = upstream.asked.length
    const caller = await rawCaller(gateway.url, chatRequest(false).repeat(2) + 'evil\r\n\r\n')
    for (const n of [1, 2]) {
      await until('the model server is asked', () => held.length === n)
      for (let i = 0; i < 10; i++) await metrics()
      t.equal(upstream.asked.length, asked + n, 'and nothing ahead of its turn')
      t.equal(caller.came().match(/Hello there/g)?.length ?? 0, n - 1)
      held.at(-1)?.()
    }
    t.equal(await caller.ended, undefined)
    t.match(caller.came(), /Hello there[\s\S]*Hello there[\s\S]*HTTP\/1\.1 400 [\s\S]*ERR_REQUEST_INVALID/)

    const leaving = await rawCaller(gateway.url, chatRequest(false).repeat(3))
    await until('the model server is asked', () => held.length === 3)
    leaving.socket.destroy()
    await gateway.quiet()
    t.equal(upstream.asked.length, asked + 3, 'who leaves takes what waited along')

    const greedy = await rawCaller(gateway.url, chatRequest(false).repeat(40))
    await greedy.ended
    await gateway.quiet()
    t.notOk(greedy.came().includes('Hello there'), 'nobody waits in line forty deep')
  },
)

async function metrics(): Promise<string> {
  return (await fetch(`${gateway.url}/metrics`)).text()
}
