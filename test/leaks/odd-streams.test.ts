// The leak battery, streams that are not what they should be: what could carry a secret past is refused where replies are
// masked, by its name, before any of the secret has left; where they are not, it passes byte for byte.
import t from 'tap'
import { TIME } from '../support/leaks/answers.ts'
import {
  APIS,
  begin,
  block,
  call,
  delta,
  EMAIL,
  line,
  named,
  output,
  says,
  stop,
  told,
} from '../support/leaks/odd-streams.ts'
import { leaks, SAYING } from '../support/leaks/secrets.ts'
import { passed } from '../support/leaks/through.ts'

for (const { path, rows, frame, end } of APIS) {
  t.test(`${path}: an odd stream carries nothing past a mask, and is nobody’s business without one`, (t) => {
    for (const [what, name, frames] of rows) {
      const wire = frames.map((one) => (typeof one === 'string' ? one : frame(one))).join('') + end
      const masked = passed(path, [wire])
      t.same(leaks(masked.wire), [], what)
      if (masked.code !== undefined || !name.test(masked.wire)) {
        t.equal(masked.code, 'ERR_NOT_INSPECTABLE', what)
        t.match(masked.message, name, what)
      }
      t.same(passed(path, [wire], false), { wire }, `${what}, without a mask`)
    }
    t.end()
  })
}

t.test('errors in mid-stream are withheld, masked or not', (t) => {
  const rows: readonly (readonly [path: string, frame: string])[] = [
    ['/v1/chat/completions', `data: ${JSON.stringify({ error: { message: SAYING } })}\n\n`],
    [
      '/v1/chat/completions',
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, error: { message: SAYING } }] })}\n\n`,
    ],
    ['/v1/responses', named({ type: 'error', message: SAYING })],
    ['/v1/responses', `data: ${JSON.stringify({ type: 'error', error: { message: SAYING } })}\n\n`],
    ['/v1/responses', `event: error\ndata: ${JSON.stringify({ message: SAYING })}\n\n`],
    ['/v1/responses', named(told('failed', { response: { error: { message: SAYING } } }))],
    [
      '/v1/responses',
      named(told('completed', { response: { status: 'completed', error: { message: SAYING }, output: [] } })),
    ],
    [
      '/v1/messages',
      named({ type: 'error', error: { type: 'overloaded_error', message: SAYING } } as object),
    ],
    ['/v1/messages', `event: error\ndata: ${JSON.stringify({ message: SAYING })}\n\n`],
    ['/api/chat', `${JSON.stringify({ error: SAYING })}\n`],
    ['/api/generate', `${JSON.stringify({ error: SAYING, status: 500 })}\n`],
  ]
  for (const [path, frame] of rows) {
    for (const masked of [true, false]) {
      const { wire, code, message } = passed(path, [frame], masked)
      t.equal(wire, '')
      t.equal(code, 'ERR_UPSTREAM_FAILED', `${path} ${frame.slice(0, 60)}`)
      t.match(message, /its message is withheld/)
    }
  }
  t.end()
})

t.test('what real servers do, though they needn’t, is answered', (t) => {
  const chat = '/v1/chat/completions'
  const sse = (...values: object[]): string =>
    values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('') + 'data: [DONE]\n\n'
  const repeats = Array.from({ length: 400 }, (_, at) =>
    call({
      id: 'call_abcdefghijklmnop',
      type: 'function',
      function: { name: 'look_up', arguments: at === 0 ? '{"q":"' : 'a' },
    }),
  )
  const rows: readonly (readonly [what: string, path: string, wire: string])[] = [
    ['id, name and role in every event', chat, sse(...repeats, stop)],
    [
      'no index for the only call',
      chat,
      sse(
        { choices: [{ delta: { tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{}' } }] } }] },
        stop,
      ),
    ],
    [
      'finish_reason twice, then usage with an empty delta',
      chat,
      sse(delta('hi'), stop, stop, { ...delta(''), usage: { prompt_tokens: 1, completion_tokens: 1 } }),
    ],
    [
      'an event before the first, without choices',
      chat,
      sse({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] }, delta('hi'), stop),
    ],
    [
      'blocks that stay open while others speak',
      '/v1/messages',
      [
        block('start', 0, { content_block: { type: 'thinking', thinking: '', signature: '' } }),
        block('delta', 0, { delta: { type: 'thinking_delta', thinking: 'hm' } }),
        begin(1),
        says(1, 'well'),
        block('stop', 0),
        block('stop', 1),
        { type: 'message_stop' },
      ]
        .map(named)
        .join(''),
    ],
    [
      'a ping before the start',
      '/v1/messages',
      [{ type: 'ping' }, begin(0), says(0, 'hi'), block('stop', 0), { type: 'message_stop' }]
        .map(named)
        .join(''),
    ],
    [
      'another id for an item in every event',
      '/v1/responses',
      [
        output('a', { item_id: 'x' }),
        output('b', { item_id: 'y' }),
        output('c', { item_id: 'z' }),
        told('completed', { response: { output: [] } }),
      ]
        .map(named)
        .join(''),
    ],
    [
      'unnamed events',
      '/v1/responses',
      [output('a'), told('completed', { response: { output: [] } })]
        .map((value) => `data: ${JSON.stringify(value)}\n\n`)
        .join(''),
    ],
    [
      'a whole line at once',
      '/api/generate',
      `${JSON.stringify(line({ response: 'hi', done: true, done_reason: 'stop' }))}\n`,
    ],
  ]
  for (const [what, path, wire] of rows) t.same(passed(path, [wire]), { wire }, what)
  const done = passed('/v1/responses', [
    `${named(told('completed', { response: { output: [] } }))}data: [DONE]\n\n`,
  ])
  t.match(done.wire, /^event: response\.completed\ndata: .*\n\n$/, 'what comes after the end is dropped')
  t.end()
})

t.test('a text that goes on where it was masked is masked on', (t) => {
  const frames = [begin(0), says(0, `to ${EMAIL}`), block('stop', 0), begin(1), says(1, 'anization chart')]
  const { wire, code } = passed('/v1/messages', [[...frames, { type: 'message_stop' }].map(named).join('')])
  t.equal(code, undefined)
  t.match(wire, /"to \[EMAIL\]"/)
  t.match(wire, /" chart"/)
  t.end()
})

t.test('token ids that Ollama adds unasked are withheld from a masked reply alone', (t) => {
  const last = (more: object): string =>
    `${JSON.stringify({ model: 'm', created_at: TIME, response: 'hi', done: true, ...more })}\n`
  const wire = last({ done_reason: 'stop', context: [128006, 882, 128007], eval_count: 3 })
  t.same(passed('/api/generate', [wire]), { wire: last({ done_reason: 'stop', eval_count: 3 }) })
  t.same(passed('/api/generate', [wire], false), { wire })
  t.end()
})
