// The ledger from the outside, on the real gateway: who may read it, and what an auditor's commands make of it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { site } from '../support/real-gateway.ts'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'

t.setTimeout(120_000)

const REPLY = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
})

t.test(
  'an auditor copies, verifies and proves what the gateway recorded; nobody else reads it',
  async (t) => {
    const upstream = await startScriptedUpstream(({ socket }) =>
      socket.end(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${REPLY.length}\r\nconnection: close\r\n\r\n${REPLY}`,
      ),
    )
    t.teardown(() => upstream.close())
    const at = await site(t, upstream.url)
    at.configure('roles: { auditor: [engineering] }')
    const gateway = await at.start()
    const token = await at.signIn()
    const origin = `http://127.0.0.1:${at.port}`
    const status = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(`${origin}${path}`, { headers })).status
    t.equal(await status('/ledger/checkpoint'), 401)
    t.equal(await status('/ledger/checkpoint', { authorization: `Bearer ${token}` }), 200)
    t.equal(await status('/ledger/tile/0/000', { authorization: `Bearer ${token}` }), 404)

    const run = at.home.sluice('run', 'm', '--', process.execPath, '-e', ASK)
    t.equal(await run.ended, 0, run.stderr())
    const { status: asked, entry, text } = JSON.parse(run.stdout())
    t.match({ asked, text }, { asked: 200, text: /Hello\./ })
    t.ok(Number(entry) > 0, 'the reply named its entry')

    const told = async (...args: string[]) => {
      const command = at.home.sluice('audit', ...args, '--json')
      const exit = await command.ended
      const value = JSON.parse(command.stdout()) as { error?: object }
      return { exit, ...value, ...value.error } as Record<string, unknown>
    }
    t.match(await told('export', '--dir', 'copy'), { exit: 0, origin: `127.0.0.1:${at.port}/ledger` })
    t.match(await told('export', '--dir', join('copy', 'checkpoint')), {
      exit: 2,
      message: /checkpoint is no folder/,
    })
    t.match(await told('verify', '--dir', 'copy', '--vkey', 'nonsense'), {
      exit: 2,
      message: '--vkey is neither a key nor a file: nonsense.',
    })
    t.match(await told('verify', '--all'), {
      exit: 0,
      status: 'verified',
      anchorSource: 'pinned on this machine',
    })
    t.match(await told('verify', '--dir', 'copy'), { exit: 0, status: 'verified' })
    t.match(await told('verify'), { exit: 0, own: true })
    t.match(await told('receipt', String(entry), '--out', 'r'), { exit: 0 })
    t.match(await told('receipt', '99'), {
      exit: 6,
      message: /^There is no entry 99 on record: there are \d+\./,
    })
    t.match(await told('verify', '--receipt', 'r'), { exit: 0, entry: { kind: 'decision', model: 'm' } })
    const { session: id } = (await told('verify', '--receipt', 'r'))['entry'] as { session: string }
    t.match(await told('verify', '--all', '--session', id), {
      exit: 0,
      session: { withoutOutcome: [], isClosed: true, complete: 'none is left out' },
    })
    t.match(readFileSync(join(at.home.folder, 'copy', 'checkpoint'), 'utf8'), `127.0.0.1:${at.port}/ledger\n`)

    const tail = at.home.sluice('audit', 'tail', '--no-follow')
    t.equal(await tail.ended, 0, tail.stderr())
    t.notMatch(tail.stderr(), 'Missing', 'what the tunnel’s replies named is on record')
    gateway.child.kill('SIGTERM')
    await gateway.ended
  },
)

// One chat through the tunnel, and the entry that its reply names.
const ASK = `
const reply = await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', {
  method: 'POST',
  headers: { authorization: 'Bearer ' + process.env.OPENAI_API_KEY, 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
})
console.log(JSON.stringify({ status: reply.status, entry: reply.headers.get('sluice-entry'), text: await reply.text() }))
`
