// npm run bench -- ledger [--json] [GROUP …]: what the ledger costs, group by group, each figure beside a floor of the same run.
import { measureAppends } from './ledger/appends.ts'
import { measureProofs } from './ledger/proofs.ts'
import { measureTail } from './ledger/tail.ts'
import { measureVerify } from './ledger/verify.ts'

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is held against, in the same run and unit. */
  readonly peer: string
  readonly peerValue: number
}

/** Tells one figure. */
export type Tell = (figure: Figure) => void

const GROUPS: Readonly<Record<string, (tell: Tell) => Promise<void>>> = {
  appends: measureAppends,
  verify: measureVerify,
  proofs: measureProofs,
  tail: measureTail,
}

const args = process.argv.slice(2)
const wanted = args.filter((arg) => !arg.startsWith('--'))
for (const [name, measure] of Object.entries(GROUPS)) {
  if (wanted.length === 0 || wanted.includes(name)) await measure(tell)
}

function tell({ name, value, unit, peer, peerValue }: Figure): void {
  const round = (figure: number): number => Number(figure.toPrecision(3))
  const ratio = round(value / peerValue)
  const row = { name: `ledger: ${name}`, value: round(value), unit, peer, peerValue: round(peerValue), ratio }
  process.stdout.write(
    args.includes('--json')
      ? `${JSON.stringify(row)}\n`
      : `${name.padEnd(58)} ${row.value} ${unit}   ${peer} ${row.peerValue}   ratio ${ratio}\n`,
  )
}
