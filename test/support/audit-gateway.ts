// The audit API, and the ledger's files, over real HTTP, on a real store, for callers known by fixed tokens.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EntryLog } from '../../src/audit/log.ts'
import { asSluiceError } from '../../src/base/errors.ts'
import { auditApi } from '../../src/gateway/audit-api.ts'
import type { AuditApiParts } from '../../src/gateway/audit-api.ts'
import { ledgerApi } from '../../src/gateway/ledger-api.ts'
import type { Caller } from '../../src/terms/subject.ts'
import { ADA, GRACE } from './test-store.ts'

export interface AuditGateway {
  readonly url: string
  readonly port: number
  /** What happens to a reply on its way out; tests make a liar of the gateway here. */
  falsify: (line: string) => string
  stop(): Promise<void>
}

const caller = (subject: string, name: string, roles: 'auditor'[]): Caller => ({
  subject: { id: subject, provider: 'https://idp.example', providerSubject: name, name, groups: [], roles },
  signIn: `sgn_${name}`,
  session: 'ses_1',
  scope: 'cli',
  expiresAt: Date.now() + 3_600_000,
})

const CALLERS: { readonly [token: string]: Caller } = {
  at_1: caller(ADA, 'ada@example.dev', []),
  auditor: caller(GRACE, 'grace@example.dev', ['auditor']),
}

export async function startAuditGateway(
  log: EntryLog,
  parts: Partial<AuditApiParts> = {},
  port = 0,
): Promise<AuditGateway> {
  const answer = auditApi({
    log,
    nameOf: async (id) => (id === ADA ? 'ada@example.dev' : undefined),
    textOf: async () => undefined,
    ...parts,
  })
  const ledger = ledgerApi(log)
  const server = createServer(async (request, response) => {
    const who = CALLERS[request.headers.authorization?.replace('Bearer ', '') ?? '']
    if (!who) return void response.writeHead(401).end()
    falsified(response, (line) => gateway.falsify(line))
    try {
      await (request.url?.startsWith('/ledger/') ? ledger : answer)(who, request, response)
    } catch (thrown) {
      sendError(response, thrown)
    }
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  const gateway: AuditGateway = {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    falsify: (line) => line,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return gateway
}

/** The lines of a follow reply, as they come; `stop` hangs up. */
export function readFollow(gateway: AuditGateway, query: string, token = 'at_1') {
  const hangUp = new AbortController()
  const headers = { authorization: `Bearer ${token}` }
  const reply = fetch(`${gateway.url}/api/v1/audit/follow?${query}`, { headers, signal: hangUp.signal })
  async function* lines(): AsyncGenerator<Record<string, unknown>> {
    let rest = ''
    for await (const chunk of (await reply).body ?? []) {
      const texts = (rest + Buffer.from(chunk).toString()).split('\n')
      rest = texts.pop() ?? ''
      for (const text of texts) yield JSON.parse(text)
    }
  }
  return { reply, lines: lines(), stop: () => hangUp.abort() }
}

function falsified(response: ServerResponse<IncomingMessage>, falsify: (line: string) => string): void {
  const write = response.write.bind(response) as (text: string) => boolean
  response.write = ((text: string) =>
    write(text.replace(/.+\n/g, (line) => falsify(line)))) as typeof response.write
}

function sendError(response: ServerResponse, thrown: unknown): void {
  const { code, message, nextSteps, status } = asSluiceError(thrown)
  if (response.headersSent) return void response.destroy()
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { code, message, nextSteps, requestId: 'req_1' } }))
}
