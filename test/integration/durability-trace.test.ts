// What the system sees of one chat through the real gateway: no entry is trusted before fdatasync has returned.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startDemonstrationModel } from '../../src/demo/model/server.ts'
import { site } from '../support/real-gateway.ts'
import { until } from '../support/until.ts'

const probe = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'])
const skip = probe.status !== 0 && 'needs strace, and leave to trace processes: apt-get install strace'

// The gateway runs several times as slowly under strace.
t.setTimeout(120_000)

t.test(
  'the decision is synced before the model server hears, the outcome before the last event',
  { skip },
  async (t) => {
    const model = await startDemonstrationModel({ pace: 0 })
    t.teardown(() => model.close())
    const at = await site(t, model.url)
    const trace = join(at.home.folder, 'trace')
    const calls = 'trace=fdatasync,fsync,write,writev,pwrite64,pwritev,sendto,sendmsg,connect'
    // -D: the gateway is our child and strace is not, so that signals reach it. --seccomp-bpf: other calls cost nothing.
    const run = await at.start([
      'strace',
      '-D',
      '-f',
      '--seccomp-bpf',
      '-yy',
      '-q',
      '-s',
      '8192',
      '-e',
      calls,
      '-o',
      trace,
    ])
    const token = await at.signIn()
    const reply = await fetch(`http://127.0.0.1:${at.port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
    })
    const exchange = reply.headers.get('sluice-exchange') as string
    t.match(await reply.text(), /data: \[DONE\]\n\n$/)
    run.child.kill('SIGTERM')
    t.equal(await run.ended, 0, run.stderr())
    const isLastEvent = (line: string): boolean =>
      line.includes('data: [DONE]') && line.includes(`127.0.0.1:${at.port}->`)
    // strace writes in order, and may itself be ended before it has seen every thread of the gateway end.
    await until('the trace holds the last event', () =>
      readFileSync(trace, 'utf8').split('\n').slice(0, -1).some(isLastEvent),
    )

    const lines = readFileSync(trace, 'utf8').split('\n')
    const find = (what: string, test: (line: string) => boolean, from = 0): number => {
      const at = lines.findIndex((line, i) => i >= from && test(line))
      t.ok(at >= 0, what)
      return at
    }
    const leaf = (kind: string) => (line: string) =>
      /sluice\.db-wal>/.test(line) && line.includes(exchange) && line.includes(`\\"kind\\":\\"${kind}\\"`)
    /** The line at which the first sync of the log after `from` has returned. */
    const synced = (from: number): number => {
      const called = find(
        'the log is synced',
        (line) => /f(data)?sync\(\d+<[^>]*sluice\.db-wal>/.test(line),
        from,
      )
      if (!lines[called]?.includes('<unfinished')) return called
      const thread = (lines[called] as string).split(' ')[0] as string
      return find(
        'the sync returns',
        (line) => line.startsWith(`${thread} <... f`) && line.includes('sync resumed'),
        called,
      )
    }

    const decision = find('the decision is written', leaf('decision'))
    const upstream = find(
      'the model server is asked',
      (line) => line.includes('POST /v1/chat/completions') && line.includes(`->${new URL(model.url).host}]`),
    )
    const decided = synced(decision)
    t.ok(decision < decided && decided < upstream, `written ${decision}, synced ${decided}, sent ${upstream}`)

    const outcome = find('the outcome is written', leaf('outcome'), decision)
    const last = find('the last event is sent', isLastEvent)
    const concluded = synced(outcome)
    t.ok(outcome < concluded && concluded < last, `written ${outcome}, synced ${concluded}, sent ${last}`)
    t.ok(upstream < outcome)
  },
)
