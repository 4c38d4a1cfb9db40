// The line that says that a ledger's key is another, and why that is believed.
import { colour } from './colour.ts'

/** `from` and `to` are verifier keys: their hashes tell them apart. */
export function rotationLine({ index, from, to }: { index: number; from: string; to: string }): string {
  const [before = '', after = ''] = [from, to].map((vkey) => vkey.split('+')[1])
  return `${colour.bold('New key')}   the ledger’s key is ${after} since entry ${index}; ${before}, pinned here, signed that it is`
}
