// Where a store's database is: postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…&sslrootcert=….
import { SluiceError } from '../../../base/errors.ts'
import { isLoopback } from '../../../base/loopback.ts'

export class PgAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
  readonly database: string
  readonly tls: boolean
  /** Path of the PEM file with the authority that is trusted; the system's own where undefined. */
  readonly rootCertificate: string | undefined

  private constructor(url: URL) {
    const name = decodeURIComponent(url.pathname.slice(1))
    this.host = url.hostname.replace(/^\[|\]$/g, '')
    this.port = url.port === '' ? 5432 : Number(url.port)
    this.user = decodeURIComponent(url.username)
    this.password = url.password === '' ? undefined : decodeURIComponent(url.password)
    this.database = name === '' ? this.user : name
    const mode = url.searchParams.get('sslmode') ?? (isLoopback(this.host) ? 'disable' : 'verify-full')
    this.tls = mode !== 'disable'
    this.rootCertificate = url.searchParams.get('sslrootcert') ?? undefined
  }

  /** Throws ERR_CONFIG, without the address, where it is none. */
  static parse(text: string): PgAddress {
    try {
      return new PgAddress(new URL(text))
    } catch (cause) {
      // The address holds a password, and a URL's error the address.
      throw new SluiceError('ERR_CONFIG', 'The address of the database in "store" is not a URL.', {
        nextSteps: ['postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for an @ in the password.'],
        cause: cause instanceof SluiceError ? cause : undefined,
      })
    }
  }

  /** Without user and password, for messages. */
  get shown(): string {
    return `postgres://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}/${this.database}`
  }
}
