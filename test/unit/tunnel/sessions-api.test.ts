import t from 'tap'
import { sessionsApi, type ApiFetch } from '../../../src/tunnel/sessions-api.ts'

const OPENED = {
  id: 'ses_1',
  token: 'sst_1',
  model: { name: 'm', dialect: 'openai-chat', mask: { request: [], reply: [] }, record: 'metadata' },
  subject: { id: 'sub_1', name: 'ada@example.dev' },
}
const MINUTE = 60_000

/** A gateway whose clock is so far ahead of ours, and which gives 15 minutes, and 12 hours. */
function gatewayAhead(ms: number): ApiFetch {
  return async () => {
    const now = Date.now() + ms
    const times = {
      expiresAt: new Date(now + 15 * MINUTE).toISOString(),
      signInExpiresAt: new Date(now + 720 * MINUTE).toISOString(),
    }
    return Response.json({ ...OPENED, ...times }, { headers: { date: new Date(now).toUTCString() } })
  }
}

t.test('a token is good for as long as the gateway says, whatever its clock', async (t) => {
  for (const ahead of [0, 47, -47, 3_000, -3_000]) {
    const sessions = sessionsApi(gatewayAhead(ahead * MINUTE), {
      model: 'm',
      client: { host: 'laptop', version: '0' },
    })
    const minutes = (time: number): number => Math.round((time - Date.now()) / MINUTE)
    const opened = await sessions.open()
    t.same([minutes(opened.expiresAt), minutes(opened.signInExpiresAt)], [15, 720], `${ahead} min ahead`)
    t.equal(minutes((await sessions.renew('ses_1')).expiresAt), 15)
  }
})
