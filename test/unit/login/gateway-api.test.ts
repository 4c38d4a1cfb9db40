// The gateway's errors, as the client takes them.
import t from 'tap'
import { errorOf } from '../../../src/login/gateway-api.ts'

const answer = (body: unknown) =>
  errorOf(new Response(JSON.stringify(body), { status: 404 }), 'https://gw.example')

t.test('a code of the registry is taken over, with what to do', async (t) => {
  const error = { code: 'ERR_MODEL_UNKNOWN', message: 'No such model.', nextSteps: ['sluice models', 7] }
  t.match(await answer({ error: { ...error, requestId: 'req_1' } }), {
    code: 'ERR_MODEL_UNKNOWN',
    message: 'No such model. (req_1)',
    nextSteps: ['sluice models'],
    exit: 6,
  })
})

t.test('anything else is not a sluice gateway’s', async (t) => {
  for (const code of ['constructor', 'toString', '__proto__', 'ERR_OTHER', '', 7, null, undefined])
    t.match(
      await answer({ error: { code, message: 'x' } }),
      { code: 'ERR_GATEWAY_UNREACHABLE', message: 'https://gw.example answered 404, and not as a', exit: 69 },
      String(code),
    )
  for (const body of [null, 'x', [], { error: null }])
    t.equal((await answer(body)).code, 'ERR_GATEWAY_UNREACHABLE', JSON.stringify(body))
})
