// Personal data in sentences, with spans: the cases of Presidio's recognisers.
import { createMasker } from '../../../src/masking/engine.ts'
import { labelled } from './labelled.ts'
import { Tally, type Score } from './score.ts'

interface Row {
  readonly file: string
  readonly row: {
    readonly text?: string
    readonly iban?: string
    readonly expected_len?: number
    readonly expected_positions?: Spans
    readonly expected_res?: Spans
  }
}
type Spans = readonly (readonly [start: number, end: number])[]

const COUNTERPARTS: readonly (readonly [file: string, detector: string])[] = [
  ['email', 'email'],
  ['phone', 'phone'],
  ['tr_phone_number', 'phone'],
  ['ph_mobile_number', 'phone'],
  ['credit_card', 'card'],
  ['iban', 'iban'],
  ['us_ssn', 'ssn'],
  ['us_itin', 'itin'],
  ['us_npi', 'npi'],
  ['us_mbi', 'medicare-id'],
  ['aba_routing', 'aba-routing'],
  ['ip', 'ip'],
  ['mac', 'mac-address'],
  ['crypto', 'crypto-address'],
]

/** A row a recogniser; undefined without the data. */
export function presidio(): readonly Score[] | undefined {
  const rows = labelled<Row>('presidio_cases.json.gz')
  if (!rows) return undefined
  return COUNTERPARTS.map(([file, name]) => {
    const masker = createMasker([name])
    const tally = new Tally('presidio', file === name || file.endsWith(name) ? name : `${name} (${file})`)
    for (const { row } of rows.filter((it) => it.file === `test_${file}_recognizer.py`)) {
      const text = row.text ?? row.iban
      const spans = row.expected_positions ?? row.expected_res
      if (text === undefined || !spans || spans.length !== row.expected_len) continue
      const { findings } = masker.mask(text)
      const right = findings.filter(({ start, end }) =>
        spans.some(([from, to]) => from === start && to === end),
      )
      tally.add(text, spans.length, right.length, findings.length - right.length)
    }
    return tally.score()
  })
}
