// A table of what model servers do wrong, run through a real gateway: what the caller is told, what is on record, what leaks not, and that nothing is left behind.
import type { APIError } from 'openai'
import type { Test } from 'tap'
import type { TestGateway } from './gateway-parts.ts'
import type { Overheard } from './overheard.ts'
import { completion, whole, type Asked, type ScriptedUpstream } from './scripted-upstream.ts'
import { until } from './until.ts'

export const PROMPT = 'prompt-4711: write to bob@example.org'
/** What a model server says and no caller, log or entry may hold. */
export const SECRET = 'upstream-words-0815'

export interface UpstreamCase {
  readonly name: string
  readonly says: (asked: Asked) => void
  /** Asked with and without streaming, unless the fault is of one of them alone. */
  readonly only?: 'plain' | 'streamed'
  readonly code: string
  /** HTTP status; none where the reply had begun. */
  readonly status?: number
  readonly message?: RegExp
  readonly upstreamStatus?: number
  /** The model server sees at once that nobody wants more. */
  readonly hungUp?: true
}

export interface CaseParts {
  readonly upstream: ScriptedUpstream
  readonly gateway: TestGateway
  readonly client: Overheard
}

export function runUpstreamCases(t: Test, cases: readonly UpstreamCase[], parts: () => CaseParts): void {
  for (const { only, ...row } of cases) {
    for (const asks of only ? [only] : (['plain', 'streamed'] as const)) {
      t.test(`a model server that ${row.name}, ${asks}`, (t) => runCase(t, row, asks, parts()))
    }
  }
}

async function runCase(
  t: Test,
  row: UpstreamCase,
  asks: 'plain' | 'streamed',
  { upstream, gateway, client }: CaseParts,
): Promise<void> {
  upstream.script = row.says
  const before = gateway.ledger.entries.length
  const asked = upstream.asked.length
  client.forget()
  const error = (await client.ask(PROMPT, asks === 'streamed')) as APIError
  t.equal(error.code, row.code)
  t.equal(error.status, row.status)
  if (row.message) t.match(error.message, row.message)
  t.match(error.message, /\(req_\w+\)$/, 'it names the request')
  t.match(gateway.ledger.entries.slice(before), [
    { kind: 'decision', effect: 'allow' },
    { kind: 'outcome', status: 'failed', error: row.code },
  ])
  const outcome = gateway.ledger.entries.at(-1) as { upstreamStatus?: number }
  t.equal(outcome.upstreamStatus, row.upstreamStatus)
  for (const text of ['prompt-4711', SECRET, 'bob@example.org']) {
    t.notOk(client.came().includes(text), `${text} is not in the answer`)
    t.notOk(gateway.logs.join('').includes(text), `${text} is not in the log`)
  }
  t.match(gateway.logs.at(-1), `"code":"${row.code}"`)
  t.equal(upstream.asked.length, asked + 1, 'it was asked once')
  const failed = upstream.asked.at(-1) as Asked
  if (row.hungUp) await until('the connection upstream is closed', () => failed.closed)
  await gateway.quiet()

  upstream.script = ({ socket }) => void socket.write(whole(200, 'application/json', completion('well')))
  t.equal(await client.ask('hi', false), 'well', 'the next request fares well')
  const next = upstream.asked.at(-1) as Asked
  if (next.socket !== failed.socket) await until('the old connection is closed', () => failed.closed)
}
