// A connection to the PostgreSQL server of a store: its address, its session's settings, and what its numbers mean.
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { SluiceError } from '../../../base/errors.ts'
import { parseDatabaseAddress } from '../../../config/database-address.ts'

const CONNECT_MS = 5_000
/** A server that answers nothing for so long is taken for gone; a writer that says nothing for so long is let go. */
const ANSWER_MS = 20_000
const INT8 = 20

/**
 * Connects; throws ERR_STORE where the authority's file can't be read. A server that loses sight of this process ends its session, and what it had begun, within seconds: others
 * don't wait for it. With `pipeline`, queries may be asked while others are. The client emits `error` where the connection is lost while it is idle.
 */
export async function connect(url: string, { pipeline = false } = {}): Promise<pg.Client> {
  const address = parseDatabaseAddress(url)
  const client = new pg.Client({
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    database: address.database,
    ssl: address.tls && {
      rejectUnauthorized: true,
      ...(address.rootCertificate !== undefined && { ca: authorityIn(address.rootCertificate) }),
    },
    application_name: 'sluice',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    types: { getTypeParser },
    pipeline,
  } as pg.ClientConfig)
  // Whoever holds the connection hears of it by the query that fails.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(SETTINGS)
    return client
  } catch (thrown) {
    disconnect(client)
    throw thrown
  }
}

function authorityIn(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new SluiceError(
      'ERR_STORE',
      `The authority of the database's certificate can't be read: ${path}.`,
      {
        cause,
        nextSteps: ['Name its PEM file in "store": ?sslrootcert=PATH.'],
      },
    )
  }
}

/** Lets go of the connection at once; what it had begun, the server undoes. */
export function disconnect(client: pg.Client): void {
  client.end().catch(() => undefined)
  ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
}

// A commit that a timeout cancels while it waits for its standby would be told as made.
const SETTINGS = [
  'statement_timeout = 0',
  'lock_timeout = 0',
  'idle_in_transaction_session_timeout = 10000',
  'idle_session_timeout = 0',
  'tcp_keepalives_idle = 5',
  'tcp_keepalives_interval = 2',
  'tcp_keepalives_count = 3',
  'client_min_messages = warning',
  "default_transaction_isolation = 'read committed'",
]
  .map((setting) => `SET ${setting}`)
  .join('; ')

// Sizes and times are far below 2^53.
const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser
