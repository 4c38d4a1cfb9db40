// What is measured: the gateway, a bare proxy, and nginx where it is installed, each in processes of its own.
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDevelopmentIdentityProvider } from '../../../src/demo/identity-provider/provider.ts'
import { freePort } from '../../support/free-port.ts'
import { walkSignIn } from '../../../src/demo/browserless.ts'

export interface Peer {
  readonly name: string
  readonly origin: string
  readonly token: string
  /** CPU time of the whole process so far, threads included, in microseconds. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

export async function startGatewayPeer(upstream: string): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  process.env['XDG_STATE_HOME'] = folder
  process.env['XDG_CONFIG_HOME'] = folder
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const provider = await startDevelopmentIdentityProvider({
    port: 0,
    clientId: 'sluice',
    clientSecret: 'bench-only-client-secret',
    redirectUris: [`${origin}/signin/callback`],
  })
  const config = join(folder, 'sluice.yaml')
  writeFileSync(config, configText(port, provider.issuer, upstream))
  const child = bound(fork(new URL('./gateway-process.ts', import.meta.url), [config]))
  await message(child)
  const token = await sessionToken(origin, provider.password)
  return {
    name: 'sluice',
    origin,
    token,
    cpu: () => cpuOf(child),
    async stop() {
      await ended(child)
      await provider.close()
    },
  }
}

export async function startBarePeer(upstream: string): Promise<Peer> {
  const child = bound(fork(new URL('./bare-proxy.ts', import.meta.url), [upstream]))
  const { port } = (await message(child)) as { port: number }
  return {
    name: 'bare node:http + undici',
    origin: `http://127.0.0.1:${port}`,
    token: 'none',
    cpu: () => cpuOf(child),
    stop: () => ended(child),
  }
}

export async function startNginxPeer(upstream: string): Promise<Peer | undefined> {
  const program = ['nginx', '/usr/sbin/nginx'].find((name) => spawnSync(name, ['-v']).status === 0)
  if (!program) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-nginx-'))
  const port = await freePort()
  writeFileSync(join(folder, 'nginx.conf'), nginxConf(folder, port, new URL(upstream).host))
  const child = bound(spawn(program, ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' }))
  await new Promise((resolve) => setTimeout(resolve, 500))
  const worker = Number(
    readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0],
  )
  return {
    name: 'nginx',
    origin: `http://127.0.0.1:${port}`,
    token: 'none',
    // One worker of one thread; the kernel's own count of its time, in nanoseconds.
    cpu: () =>
      Promise.resolve(Number(readFileSync(`/proc/${worker}/schedstat`, 'utf8').split(' ')[0]) / 1000),
    stop: () => ended(child),
  }
}

async function sessionToken(origin: string, password: string): Promise<string> {
  // Imported late: the client's state folder is chosen from the environment, set above.
  const { signIn } = await import('../../../src/assembly/sign-in.ts')
  const { openClient } = await import('../../../src/assembly/client.ts')
  await signIn({
    gateway: origin,
    browser: true,
    allowFile: true,
    timeoutMs: 30_000,
    tell: () => undefined,
    open: async (url) => void (await walkSignIn(url, { person: 'ada', password })),
  })
  const client = await openClient({ gateway: origin })
  const body = JSON.stringify({ model: 'm', client: { host: 'bench', version: '0' } })
  const opened = await client.fetch('/api/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  return ((await opened.json()) as { token: string }).token
}

function configText(port: number, issuer: string, upstream: string): string {
  return `listen: 127.0.0.1:${port}
public_url: http://127.0.0.1:${port}
store: store
identity: { issuer: ${issuer}, client_id: sluice, client_secret: bench-only-client-secret, scopes: [openid, profile, email, groups] }
models: [{ name: m, dialect: openai-chat, upstream: ${upstream}, credentials: { bearer: bench-only-credential } }]
policy: [{ rule: engineers, models: [m], groups: [engineering], mask: { request: [personal, secrets], reply: [personal, secrets] } }]
`
}

function nginxConf(folder: string, port: number, upstream: string): string {
  return `daemon off; worker_processes 1; pid ${folder}/pid; error_log /dev/null;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream model { server ${upstream}; keepalive 128; }
  server {
    listen 127.0.0.1:${port}; keepalive_requests 1000000;
    location / { proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
`
}

async function cpuOf(child: ChildProcess): Promise<number> {
  const answer = message(child)
  child.send('cpu')
  const { cpu } = (await answer) as { cpu: NodeJS.CpuUsage }
  return cpu.user + cpu.system
}

/** Goes when this process goes, however it ends. */
function bound(child: ChildProcess): ChildProcess {
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new Error(`the process under test ended with ${code}`))
    child.once('exit', onExit)
    child.once('message', (value) => {
      child.off('exit', onExit)
      resolve(value)
    })
  })
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
