// The real gateway, as an operator runs it: a folder with its configuration and store, and a person who is signed in there.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { walkSignIn } from '../../src/demo/browserless.ts'
import {
  startDevelopmentIdentityProvider,
  type DevelopmentIdentityProvider,
} from '../../src/demo/identity-provider/provider.ts'
import { freePort } from './free-port.ts'
import { schemaFlaw } from './published-schema.ts'
import { emptyHome, type Home, type Run } from './sluice.ts'
import { openTestStore } from './test-store.ts'
import { until } from './until.ts'

export interface Site {
  /** Its working folder is where sluice.yaml and the store are. */
  readonly home: Home
  readonly port: number
  readonly provider: DevelopmentIdentityProvider
  /** Writes sluice.yaml: with more lines at its end, listening on another host, or with an https public URL. */
  configure(more?: string, address?: { host?: string; scheme?: 'http' | 'https' }): string
  /** `sluice gateway start`, once it serves; `under` is a command that starts it, such as strace. */
  start(under?: readonly string[]): Promise<Run>
  /** Signs Ada in at the running gateway by the real command; resolves with her access token, good for ten minutes. */
  signIn(): Promise<string>
  /** The same in another home, with the browser's part walked; the ended command. */
  signInAt(home: Home, person?: 'ada' | 'grace'): Promise<Run>
  /** What is on record once no gateway runs. */
  entries(): Promise<readonly Record<string, unknown>[]>
}

/**
 * `upstream`: the base URL of the model `m`, which everyone may use. Unless told otherwise it speaks OpenAI chat
 * completions, and email addresses are masked. `others` are the names of more models, which are the same one.
 */
export async function site(
  t: Test,
  upstream: string,
  { dialects = ['openai-chat'], mask = ['email'], others = [] as readonly string[] } = {},
): Promise<Site> {
  const home = emptyHome(t, { SLUICE_KEYCHAIN: 'file' })
  const port = await freePort()
  const origin = `127.0.0.1:${port}`
  const client = { clientId: 'sluice', clientSecret: 'of-the-gateway' }
  const redirectUris = [`http://${origin}/signin/callback`]
  const provider = await startDevelopmentIdentityProvider({ port: 0, ...client, redirectUris })
  t.teardown(() => provider.close())

  const names = ['m', ...others]
  const reached = `dialect: [${dialects.join(', ')}], upstream: ${upstream}, context_length: 131072, credentials: { bearer: of-the-model-server }`
  const models = names.map((name) => `{ name: ${name}, upstream_model: m, ${reached} }`)
  const masked = `mask: { request: [${mask.join(', ')}], reply: [${mask.join(', ')}] }`

  const created: Site = {
    home,
    port,
    provider,
    configure(more = '', { host = '127.0.0.1', scheme = 'http' } = {}) {
      const path = join(home.folder, 'sluice.yaml')
      writeFileSync(
        path,
        `listen: ${host}:${port}
public_url: ${scheme}://${origin}
store: store
identity: { issuer: ${provider.issuer}, client_id: sluice, client_secret: of-the-gateway, scopes: [openid, profile, email, groups] }
models: [${models.join(', ')}]
policy: [{ rule: engineers, models: [${names.join(', ')}], groups: [engineering], ${masked} }]
${more}
`,
      )
      return path
    },
    async start(under = []) {
      const run = home.sluiceUnder(under, 'gateway', 'start')
      await run.prints('Ledger ')
      return run
    },
    async signInAt(home, person = 'ada') {
      const login = home.sluice('login', `http://${origin}`, '--no-browser')
      const url = (): string | undefined => /(http:\S+\?user_code=\S+)\s/.exec(login.stderr())?.[1]
      await until('the terminal shows where to sign in', () => url() !== undefined)
      await walkSignIn(url() as string, { person, password: provider.password })
      await login.ended
      return login
    },
    async signIn() {
      await created.signInAt(home)
      const secrets = join(home.folder, 'sluice', 'secrets')
      const [file = ''] = readdirSync(secrets)
      return (JSON.parse(readFileSync(join(secrets, file), 'utf8')) as { accessToken: string }).accessToken
    },
    async entries() {
      const store = await openTestStore({ folder: join(home.folder, 'store'), origin: `${origin}/ledger` })
      const logged = await store.log.read({ from: 0, below: Number.MAX_SAFE_INTEGER, limit: 1_000 })
      await store.close()
      const entries = logged.map(({ text }) => JSON.parse(text) as Record<string, unknown>)
      t.strictSame(
        entries.map(schemaFlaw).filter((flaw) => flaw !== undefined),
        [],
        'every entry is one by the published schema',
      )
      return entries
    },
  }
  created.configure()
  return created
}
