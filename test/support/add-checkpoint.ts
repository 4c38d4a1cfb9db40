// Requests to a witness, of ledgers on paper.
import { proveConsistency } from '../../src/audit/prove.ts'
import { leafHash } from '../../src/audit/merkle.ts'
import { paperSubtree } from './paper-ledger.ts'
import type { PaperLedger } from './paper-ledger.ts'

/** The body by which `ledger` submits its checkpoint of `size` as one that extends the `old` entries. */
export function requestOf(ledger: PaperLedger, old: number, size = ledger.texts.length): string {
  const subtree = paperSubtree(ledger.texts.slice(0, size).map(leafHash))
  const proof = old > 0 && old < size ? proveConsistency(old, size, subtree) : []
  const lines = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`)
  return `old ${old}\n${lines.join('')}\n${ledger.note(size)}`
}

export async function post(port: number, body: string) {
  const response = await fetch(`http://127.0.0.1:${port}/add-checkpoint`, { method: 'POST', body })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: await response.text(),
  }
}
