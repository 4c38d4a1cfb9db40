// Values that are valid, and values that nearly are, each alone: the cases of validator.js.
import { createMasker } from '../../../src/masking/engine.ts'
import { labelled } from './labelled.ts'
import { Tally, type Score } from './score.ts'

interface Row {
  readonly v: string
  readonly args?: readonly unknown[]
  readonly valid?: readonly unknown[]
  readonly invalid?: readonly unknown[]
}

// Only the cases without options say what a value is by itself; `only` picks those that their form alone can tell.
const COUNTERPARTS: readonly (readonly [
  validator: string,
  detector: string,
  only?: (value: string, args: readonly unknown[]) => boolean,
  // A number that is no mobile telephone's is often another's.
  validOnly?: 'valid only',
])[] = [
  ['isEmail', 'email', (_, args) => args.length === 0],
  ['isMobilePhone', 'phone', (value) => value.startsWith('+'), 'valid only'],
  ['isCreditCard', 'card'],
  ['isIBAN', 'iban', (_, args) => args.length === 0],
  ['isIP', 'ip', (_, args) => args.length === 0],
  ['isMACAddress', 'mac-address', (_, args) => args.length === 0],
  ['isJWT', 'jwt'],
  ['isBtcAddress', 'crypto-address'],
  ['isEthereumAddress', 'crypto-address'],
]

/** A row a validator: a value counts as found where it is masked whole, and nothing but it. */
export function validators(): readonly Score[] | undefined {
  const rows = labelled<Row>('validator_cases.json.gz')
  if (!rows) return undefined
  return COUNTERPARTS.map(([validator, name, only = () => true, validOnly]) => {
    const masker = createMasker([name])
    // What one case calls invalid, such as a card of another issuer, is often what another calls valid.
    const elsewhere = new Set(
      rows
        .filter(({ v }) => COUNTERPARTS.some(([other, found]) => other === v && found === name))
        .flatMap((row) => row.valid ?? []),
    )
    const isWhole = (text: string): boolean => {
      const { findings } = masker.mask(text)
      return findings.length === 1 && findings[0]?.start === 0 && findings[0].end === text.length
    }
    const tally = new Tally('validator.js', `${name} (${validator})`)
    for (const { args = [], valid = [], invalid = [] } of rows.filter(({ v }) => v === validator)) {
      const picked = (values: readonly unknown[]): string[] =>
        values.filter((value): value is string => typeof value === 'string' && only(value, args))
      for (const text of picked(valid)) tally.add(text, 1, Number(isWhole(text)), 0)
      for (const text of picked(invalid)) {
        if (!validOnly && !elsewhere.has(text)) tally.add(text, 0, 0, Number(isWhole(text)))
      }
    }
    return tally.score()
  })
}
