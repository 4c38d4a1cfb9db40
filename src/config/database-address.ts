// Where a store's database is: postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…&sslrootcert=….
import { SluiceError } from '../base/errors.ts'
import { isLoopback } from '../base/loopback.ts'

export const DATABASE_FORM = 'postgres://USER:PASSWORD@HOST:PORT/DATABASE'
export const TLS_MODES: readonly string[] = ['disable', 'verify-full']

export interface DatabaseAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
  readonly database: string
  readonly tls: boolean
  /** Path of the PEM file with the authority that is trusted; the system's own where undefined. */
  readonly rootCertificate: string | undefined
  /** Without user and password, for messages. */
  readonly shown: string
}

/** Whether "store" names a database, not a folder. */
export function isDatabase(store: string): boolean {
  return /^postgres(ql)?:/.test(store)
}

/** Throws ERR_CONFIG, which tells nothing of the address, where it is none. Beyond loopback TLS is the default. */
export function parseDatabaseAddress(text: string): DatabaseAddress {
  try {
    const url = new URL(text)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const port = url.port === '' ? 5432 : Number(url.port)
    const user = decodeURIComponent(url.username)
    const name = decodeURIComponent(url.pathname.slice(1))
    const database = name === '' ? user : name
    const mode = url.searchParams.get('sslmode') ?? (isLoopback(host) ? 'disable' : 'verify-full')
    return {
      host,
      port,
      user,
      password: url.password === '' ? undefined : decodeURIComponent(url.password),
      database,
      tls: mode !== 'disable',
      rootCertificate: url.searchParams.get('sslrootcert') ?? undefined,
      shown: `postgres://${url.hostname}:${port}/${database}`,
    }
  } catch {
    throw new SluiceError('ERR_CONFIG', `The address of the database in "store" is not ${DATABASE_FORM}.`, {
      nextSteps: ['Write what is not a letter or digit in user and password as %XX, such as %40 for @.'],
    })
  }
}
