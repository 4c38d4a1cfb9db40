// The connection by which a gateway reads, hears of the commits of others, and says that it is still here.
import type pg from 'pg'
import { connect, disconnect } from './connect.ts'
import { TurnFault } from './reasons.ts'
import { CHANNEL } from './statements.ts'

const AGAIN_MS = 1_000

export class ReadingConnection {
  private readonly url: string
  private readonly onCommit: (size?: number) => void
  private client: Promise<pg.Client> | undefined
  private again: NodeJS.Timeout | undefined
  private closed = false

  /** `onCommit`: someone may have committed, this gateway or another; up to `size`, where that is known. */
  constructor(url: string, onCommit: (size?: number) => void) {
    this.url = url
    this.onCommit = onCommit
  }

  readonly ask = async <Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]> => {
    const client = await this.connected()
    const { rows } = await client.query<Row>(text, [...values])
    return rows
  }

  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.again)
    const client = await this.client?.catch(() => undefined)
    if (client) disconnect(client)
  }

  connected(): Promise<pg.Client> {
    if (this.closed) return Promise.reject(new TurnFault('it is closed'))
    this.client ??= this.listen().catch((thrown: unknown) => {
      this.client = undefined
      this.later()
      throw thrown
    })
    return this.client
  }

  private async listen(): Promise<pg.Client> {
    const client = await connect(this.url, { pipeline: true })
    client.on('notification', ({ payload }) => this.onCommit(payload ? Number(payload) : undefined))
    client.on('end', () => {
      this.client = undefined
      this.later()
    })
    await client.query(`LISTEN ${CHANNEL}`)
    // Whatever was committed while nobody listened.
    this.onCommit()
    return client
  }

  // Tails wait for the commits of others: the connection comes back without being asked for anything.
  private later(): void {
    if (this.closed) return
    clearTimeout(this.again)
    this.again = setTimeout(() => this.connected().catch(() => undefined), AGAIN_MS)
  }
}
