// What is on record, as an auditor's machine comes to know it: nothing is believed that the CLI's verifier has not proved.
import { FollowVerifier } from '../../../src/audit/verify-follow.ts'
import type { Entry } from '../../../src/terms/entry.ts'

export class VerifiedRecord {
  /** How many entries were read. */
  size = 0
  private readonly origin: string
  private readonly vkey: string
  private pin: string | undefined

  private constructor(origin: string, vkey: string) {
    this.origin = origin
    this.vkey = vkey
  }

  /** Trusts the key that the gateway shows at first sight, and no other after. */
  static async of(origin: string): Promise<VerifiedRecord> {
    const discovery = await fetch(`${origin}/.well-known/sluice`)
    const { ledger } = (await discovery.json()) as { ledger: { vkey: string } }
    return new VerifiedRecord(origin, ledger.vkey)
  }

  /**
   * Reads on from where it was read to, and returns what is new. Throws where the ledger doesn't extend what was seen
   * before, leaves an index out, or holds an entry that its checkpoint doesn't cover.
   */
  async readOn(token: string): Promise<readonly Entry[]> {
    const from = this.size
    const entries: Entry[] = []
    const pin = this.pin
    const verifier = new FollowVerifier({
      vkey: this.vkey,
      all: true,
      from,
      ...(pin !== undefined && { pin }),
    })
    const query = `all=1&pinned=${verifier.pinned}${from > 0 ? `&after=${from - 1}` : ''}`
    const reply = await fetch(`${this.origin}/api/v1/audit/follow?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    if (!reply.ok) throw new Error(`HTTP ${reply.status}: ${await reply.text()}`)
    for (const line of (await reply.text()).split('\n').filter((line) => line !== '')) {
      const verified = verifier.accept(JSON.parse(line))
      if (verified) entries.push(verified.entry)
    }
    verifier.end()
    this.pin = verifier.seen
    this.size += entries.length
    return entries
  }
}
