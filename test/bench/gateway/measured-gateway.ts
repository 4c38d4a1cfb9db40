// The real gateway in a process of its own, with a store, an identity provider, and people who sign in at it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openClient, type Client } from '../../../src/assembly/client.ts'
import { signIn } from '../../../src/assembly/sign-in.ts'
import { walkSignIn } from '../../../src/demo/browserless.ts'
import { startDevelopmentIdentityProvider } from '../../../src/demo/identity-provider/provider.ts'
import { freePort } from '../../support/free-port.ts'
import { startChild, type Child } from './child.ts'

export interface MeasuredGateway {
  readonly origin: string
  /** Its working folder; the store is in `store`. */
  readonly folder: string
  readonly vitals: Child<unknown>['vitals']
  /** Signs a person of the development identity provider in. Whoever was signed in here before is so no longer. */
  signIn(person: 'ada' | 'grace'): Promise<Client>
  stop(): Promise<void>
}

export interface Session {
  readonly id: string
  readonly token: string
}

/** Everything is on. `m` is the model at `upstream`; nobody may use `closed`; people of `security` may read all entries. */
export async function startMeasuredGateway(upstream: string): Promise<MeasuredGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-measured-'))
  // Where the client, which runs in this process, keeps its state.
  process.env['XDG_STATE_HOME'] = folder
  process.env['XDG_CONFIG_HOME'] = folder
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const clientSecret = 'of-the-measured-gateway'
  const provider = await startDevelopmentIdentityProvider({
    port: 0,
    clientId: 'sluice',
    clientSecret,
    redirectUris: [`${origin}/signin/callback`],
  })
  const config = join(folder, 'sluice.yaml')
  writeFileSync(
    config,
    `listen: 127.0.0.1:${port}
public_url: ${origin}
store: store
identity: { issuer: ${provider.issuer}, client_id: sluice, client_secret: ${clientSecret}, scopes: [openid, profile, email, groups] }
roles: { auditor: [security] }
models:
  - { name: m, dialect: openai-chat, upstream: ${upstream}, credentials: { bearer: of-the-model-server } }
  - { name: closed, dialect: openai-chat, upstream: ${upstream} }
policy: [{ rule: engineers, models: [m], groups: [engineering], mask: { request: [personal, secrets], reply: [personal, secrets] } }]
`,
  )
  const child = await startChild('./gateway-process.ts', [config])
  return {
    origin,
    folder,
    vitals: (asked) => child.vitals(asked),
    async signIn(person) {
      await signIn({
        gateway: origin,
        browser: true,
        allowFile: true,
        timeoutMs: 300_000,
        tell: () => undefined,
        open: async (url) => void (await walkSignIn(url, { person, password: provider.password })),
      })
      return openClient({ gateway: origin })
    },
    async stop() {
      await child.stop()
      await provider.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export async function openSession(client: Client): Promise<Session> {
  const opened = await client.fetch('/api/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', client: { host: 'measured', version: '0' } }),
  })
  return (await opened.json()) as Session
}
