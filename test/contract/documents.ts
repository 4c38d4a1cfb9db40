// What every reader of documents promises, wherever it reads.
import type { Test } from 'tap'
import type { Documents } from '../../src/gateway/documents.ts'
import { blocksOf, CHAT, lifetime, maskedReply, maskedRequest, requestOf } from '../support/documents.ts'

export async function documentsContract(t: Test, documents: Documents): Promise<void> {
  t.same(
    await maskedRequest(
      documents,
      requestOf('an ada@example.org, für 5 €', { stream: true, logprobs: true }),
    ),
    {
      asked: { model: 'm', stream: true, wants: [], opaque: [], opaqueReply: ['logprobs'], beyond: [] },
      findings: { email: 1 },
      channels: { text: { email: 1 } },
      structure: {},
      opaque: [],
      body: '{"stream_options":{"include_usage":true},"model":"up","messages":[{"role":"user","content":"an [EMAIL], für 5 €"}],"stream":true,"logprobs":true}',
    },
    'what is asked, what was found, and what is sent on',
  )
  t.match(await maskedRequest(documents, requestOf('4111111111111111'), []), { findings: {}, body: /4111/ })
  t.match(await maskedRequest(documents, requestOf('hi', { metadata: { n: 4111111111111111 } })), {
    structure: { card: 1 },
  })

  const long = 'x'.repeat(3e6) + ' ada@example.org'
  t.match(await maskedRequest(documents, requestOf(long)), { findings: { email: 1 }, body: /xxx \[EMAIL\]"/ })

  t.match(await maskedRequest(documents, '{"model":"secret'), {
    name: 'SluiceError',
    code: 'ERR_REQUEST_INVALID',
    status: 400,
    message: /^The request body is not JSON.* at offset 16\.$/,
  })
  t.match(await maskedRequest(documents, '{"model":"m","Messages":[],"messages":[]}'), {
    code: 'ERR_REQUEST_INVALID',
    nextSteps: [/lower-case/],
  })
  t.match(await maskedRequest(documents, Buffer.from([0x7b, 0xff])), {
    message: 'The request body is not valid UTF-8.',
  })
  t.match(await maskedRequest(documents, requestOf('hi').replace('"m"', `"${'m'.repeat(600)}"`)), {
    code: 'ERR_REQUEST_INVALID',
  })
  const parts = Array.from({ length: 100 }, () => ({ type: 'image_url', image_url: {} }))
  const { asked } = (await maskedRequest(documents, requestOf(parts))) as { asked: { opaque: string[] } }
  t.equal(asked.opaque.length, 16, 'so many of what can’t be inspected are named')

  const reply = (content: string): string =>
    JSON.stringify({ choices: [{ index: 0, message: { content } }], usage: { prompt_tokens: 3 } })
  t.same(await maskedReply(documents, reply('to ada@example.org')), {
    findings: { email: 1 },
    tokens: { input: 3 },
    body: reply('to [EMAIL]'),
  })
  t.match(await maskedReply(documents, '<html>'), { code: 'ERR_UPSTREAM_INVALID', status: 502 })
  t.match(await maskedReply(documents, reply('x').replace('"index"', '"ada@example.org":0,"index"')), {
    code: 'ERR_NOT_INSPECTABLE',
    status: 502,
  })
  t.match(await maskedReply(documents, reply('x').replace('"index"', '"logprobs":{},"index"')), {
    message: /logprobs/,
  })

  const gone = lifetime()
  gone.leave(new Error('left'))
  const late = documents.request(CHAT, {}, blocksOf(requestOf('x'.repeat(100))), gone)
  await late
    .then((document) => document.inspect([], undefined))
    .catch((thrown) => t.match(thrown, { message: 'left' }))
  gone.over()
}
