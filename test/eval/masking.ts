// npm run eval -- masking [--json] [--misses]: what the detectors find of what they should, by the labelled data where it
// is at hand, by values made here, and what they change of clean code and prose.
import { cleanText } from './masking/clean.ts'
import { gitleaks } from './masking/gitleaks.ts'
import { made } from './masking/made.ts'
import { presidio } from './masking/presidio.ts'
import { falseFire, precision, recall, summed, type Score } from './masking/score.ts'
import { validators } from './masking/validators.ts'

const json = process.argv.includes('--json')
// Into `head`, which reads no more.
process.stdout.on('error', () => process.exit())
const suites = { made, presidio, 'validator.js': validators, gitleaks }
const scores: Score[] = []
for (const [name, suite] of Object.entries(suites)) {
  const rows = suite()
  if (rows)
    scores.push(
      ...rows,
      summed(
        name,
        'all',
        rows.filter((row) => row.name !== 'any detector'),
      ),
    )
  else process.stderr.write(`The labelled data of ${name} is not here, so its rows are left out.\n`)
}

if (!json) print(['SUITE', 'DETECTOR', 'RECALL', 'OF', 'PRECISION', 'FALSE FIRE', 'OF'])
for (const score of scores) {
  const { suite, name, wanted, clean } = score
  const rates = { recall: recall(score), precision: precision(score), falseFire: falseFire(score) }
  if (json) print({ suite, name, wanted, found: score.found, clean, fired: score.fired, ...rates })
  else {
    const [r, p, f] = [rates.recall, rates.precision, rates.falseFire].map(shown) as [string, string, string]
    print([suite, name, r, String(wanted), p, f, String(clean)])
  }
}
for (const { name, characters, changed, altered, texts, by } of cleanText()) {
  const share = changed / characters
  if (json) print({ suite: 'clean', name, characters, changed, share, texts, altered, by })
  else {
    const most = by.map(([detector, count]) => `${detector} ${count}`).join(', ')
    process.stdout.write(
      `clean ${name}: ${altered} of ${texts} texts altered, ${(100 * share).toFixed(3)}% of ${characters} characters${most === '' ? '' : ` (${most})`}\n`,
    )
  }
}
if (process.argv.includes('--misses')) {
  for (const { suite, name, misses, alarms } of scores.filter((score) => score.name !== 'all')) {
    for (const text of misses)
      process.stdout.write(`missed  ${suite} ${name}: ${JSON.stringify(text).slice(0, 220)}\n`)
    for (const text of alarms)
      process.stdout.write(`wrong   ${suite} ${name}: ${JSON.stringify(text).slice(0, 220)}\n`)
  }
}

function shown(rate: number | undefined): string {
  return rate === undefined ? '-' : rate.toFixed(3)
}

function print(row: readonly string[] | object): void {
  const widths = [13, 32, 7, 6, 10, 11, 5]
  const line = Array.isArray(row)
    ? row
        .map((cell: string, i) => cell.padEnd(widths[i] as number))
        .join(' ')
        .trimEnd()
    : JSON.stringify(row)
  process.stdout.write(`${line}\n`)
}
