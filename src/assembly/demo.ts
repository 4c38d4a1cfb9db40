// The quickstart's parts, put together: a gateway on loopback, a development identity provider, and a model server.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import pino from 'pino'
import { systemClock } from '../base/clock.ts'
import { SluiceError } from '../base/errors.ts'
import { dialectNames } from '../dialects/all.ts'
import { startDevelopmentIdentityProvider } from '../demo/identity-provider/provider.ts'
import { startDemonstrationModel } from '../demo/model/server.ts'
import { findModelServer, firstModel, startRecorder } from '../demo/recorder.ts'
import { loadGatewayFile } from './gateway-file.ts'
import { startGateway } from './gateway.ts'

export interface DemonstrationOptions {
  readonly version: string
  /** The store's folder, created where it is missing. */
  readonly folder: string
  /** Base URL of a model server; undefined: one that is found on loopback, else the demonstration model. */
  readonly upstream?: string | undefined
}

export interface Demonstration {
  readonly gatewayUrl: string
  readonly configPath: string
  readonly vkey: string
  readonly model: {
    readonly name: string
    readonly url: string
    readonly kind: 'given' | 'found' | 'demonstration'
  }
  readonly identityProvider: { readonly issuer: string; readonly password: string }
  /** Bodies of the requests that the model server got. */
  received(): readonly string[]
  close(): Promise<void>
}

/** Starts all parts, or none: what was started before a failure is closed again. */
export async function startDemonstration(options: DemonstrationOptions): Promise<Demonstration> {
  const closing: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const part of closing.splice(0).reverse()) await part()
  }
  try {
    const folder = resolve(options.folder)
    makeFolder(folder)
    const model = await chooseModel(options.upstream)
    closing.push(() => model.close())
    const port = await freePort(8080)
    const gatewayUrl = `http://127.0.0.1:${port}`
    const provider = await startDevelopmentIdentityProvider({
      port: await freePort(port + 1),
      clientId: 'sluice',
      clientSecret: clientSecret(folder),
      redirectUris: [`${gatewayUrl}/signin/callback`],
    })
    closing.push(() => provider.close())
    const configPath = join(folder, 'quickstart.yaml')
    writeFileSync(configPath, configText(port, provider.issuer, model))
    const gateway = await startGateway(loadGatewayFile(configPath), {
      version: options.version,
      development: true,
      logTo: pino.destination({ dest: join(folder, 'gateway.log'), append: true }),
    })
    closing.push(() => gateway.stop())
    return {
      gatewayUrl,
      configPath,
      vkey: gateway.vkey,
      model,
      identityProvider: provider,
      received: () => model.received().map(({ body }) => body),
      close,
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

interface ChosenModel {
  readonly name: string
  readonly url: string
  readonly kind: Demonstration['model']['kind']
  /** The base URL that the gateway is given. */
  readonly via: string
  received(): readonly { readonly body: string }[]
  close(): Promise<void>
}

async function chooseModel(given: string | undefined): Promise<ChosenModel> {
  if (given !== undefined) {
    const url = given.replace(/\/$/, '')
    if (!URL.canParse(url)) {
      throw new SluiceError('ERR_USAGE', `"${given.slice(0, 80)}" is no URL.`, {
        nextSteps: ['Give the base URL, such as --upstream http://127.0.0.1:11434/v1'],
      })
    }
    const name = await firstModel(url)
    if (name === undefined) {
      throw new SluiceError('ERR_UPSTREAM_UNREACHABLE', `No model server answers at ${url}/models.`, {
        nextSteps: [
          'Give its base URL, such as --upstream http://127.0.0.1:11434/v1',
          'Leave --upstream out to use the demonstration model.',
        ],
      })
    }
    return recorded({ url, name, kind: 'given' })
  }
  const found = await findModelServer()
  if (found) return recorded({ url: found.url, name: found.model, kind: 'found' })
  const model = await startDemonstrationModel()
  return {
    name: model.name,
    url: model.url,
    via: model.url,
    kind: 'demonstration',
    received: () => model.received,
    close: () => model.close(),
  }
}

async function recorded(server: Pick<ChosenModel, 'url' | 'name' | 'kind'>): Promise<ChosenModel> {
  const recorder = await startRecorder(server.url)
  return { ...server, via: recorder.url, received: () => recorder.received, close: () => recorder.close() }
}

function configText(port: number, issuer: string, { name, kind, via }: ChosenModel): string {
  // What a found server speaks beside OpenAI's chat completions is not known.
  const spoken = kind === 'demonstration' ? `[${dialectNames.join(', ')}]` : 'openai-chat'
  return `# Written by the quickstart at ${new Date(systemClock.now()).toISOString()}; written anew at its next start.
listen: 127.0.0.1:${port}
public_url: http://127.0.0.1:${port}
store: ledger-${port} # a ledger's name holds its gateway's address
identity:
  issuer: ${issuer} # the development identity provider
  client_id: sluice
  client_secret: \${file:client-secret}
  scopes: [openid, profile, email, groups]
roles:
  auditor: [security]
models:
  - name: ${JSON.stringify(name)}
    dialect: ${spoken}
    upstream: ${via}
policy:
  - rule: engineers
    models: ["*"]
    groups: [engineering]
    mask:
      request: [personal, secrets]
      reply: [personal, secrets]
`
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new SluiceError(
      'ERR_STORE',
      `The folder ${folder} can't be made (${(cause as NodeJS.ErrnoException).code}).`,
      { cause },
    )
  }
}

function clientSecret(folder: string): string {
  const path = join(folder, 'client-secret')
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('base64url'), { mode: 0o600 })
  return readFileSync(path, 'utf8').trim()
}

/** The first port from `first` on that nobody listens on. */
async function freePort(first: number): Promise<number> {
  for (let port = first; port < first + 200; port++) if (await isFree(port)) return port
  throw new SluiceError('ERR_PORT_IN_USE', `All ports from ${first} to ${first + 199} are in use.`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer()
    probe.once('error', () => done(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)))
  })
}
