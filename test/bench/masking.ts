// npm run bench -- masking [--json]: the masking engine's speed (cold, warm, hostile; by CPU time) beside a bare scan of the text and
// V8's regular expressions in the same run, and how much it holds back.
import { spawnSync } from 'node:child_process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { detectors } from '../../src/masking/catalogue.ts'
import type { Detector } from '../../src/masking/detector.ts'
import { maskerOf } from '../../src/masking/engine.ts'
import type { Masker } from '../../src/masking/port.ts'
import { enlarged } from '../support/masking-catalogue.ts'
import { anchorSoup, hostileTexts, repeated, type Hostile } from './masking/hostile.ts'
import { installedPeers } from './masking/peers.ts'
import { bareScan, inTurns, maskPieces, median, quantile } from './masking/run.ts'
import { cut, flat, ordinaryText, shortValues, tokens } from './masking/texts.ts'

const BLOCK = 65_536
const ROUNDS = 9
const COLD_STARTS = 5
/** So often V8 sees the work before it is called warm: after a tenth of that, it takes up to twice as long. */
const WARM_UP = 50
const STREAMS = 10_000
/** So many hostile texts are measured more than once. */
const SUSPECTS = 30
const SOUPS = 5
const GROWTH_ROUNDS = 7
const json = process.argv.includes('--json')
const text = ordinaryText(2_000_000)

for (const [catalogue, list] of [
  [`${detectors.length} detectors`, detectors],
  [`${enlarged.length} detectors`, enlarged],
] as const) {
  const masker = maskerOf(list)
  cold(catalogue, list === enlarged)
  warm(catalogue, masker)
  hostile(catalogue, masker, list)
  if (list === detectors) {
    regularExpressions(list)
    await peers(masker)
  }
  holdBack(catalogue, masker)
  memory(catalogue, masker)
}

function cold(catalogue: string, isEnlarged: boolean): void {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  const path = join(folder, 'megabyte.txt')
  writeFileSync(path, text.slice(0, 1_000_000))
  const child = fileURLToPath(new URL('masking/cold-process.js', import.meta.url))
  const first: number[] = []
  const megabyte: number[] = []
  const floor: number[] = []
  for (let i = 0; i < COLD_STARTS; i++) {
    const start = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    floor.push(performance.now() - start)
    const args = ['--disable-warning=ExperimentalWarning', child, path]
    const { stdout, stderr } = spawnSync(process.execPath, [...args, isEnlarged ? 'enlarged' : ''])
    if (stdout.length === 0) throw new Error(stderr.toString())
    const figures = JSON.parse(stdout.toString()) as { first: number; megabyte: number }
    first.push(figures.first)
    megabyte.push(figures.megabyte)
  }
  rmSync(folder, { recursive: true })
  row(
    `cold: process start to first masked text, ${catalogue}`,
    median(first),
    'ms',
    'node -e 0',
    median(floor),
  )
  row(
    `cold: first megabyte, ${catalogue}`,
    median(megabyte),
    'MB/s',
    'bare scan',
    scanSpeed(cut(text, BLOCK)),
  )
}

function scanSpeed(pieces: readonly string[]): number {
  return speed(text.length, inTurns(ROUNDS, () => bareScan(pieces))[0] as number)
}

function warm(catalogue: string, masker: Masker): void {
  warmIn(catalogue, masker, 'text', [
    ['64 KB pieces', text, BLOCK],
    ['64-character pieces', text, 64],
    ['4-character pieces', text, 4],
  ])
  const rows = shortValues(500_000)
  warmIn(catalogue, masker, 'json', [
    ['JSON of short values, 64 KB pieces', rows, BLOCK],
    ['JSON of short values, 4-character pieces', rows, 4],
  ])
}

function warmIn(
  catalogue: string,
  masker: Masker,
  kind: 'text' | 'json',
  cases: readonly (readonly [name: string, text: string, size: number])[],
): void {
  for (const [name, text, size] of cases) {
    const whole = maskPieces(masker, [text], kind)
    const pieces = cut(text, size)
    for (let i = 0; i < WARM_UP; i++) {
      if (maskPieces(masker, pieces, kind) !== whole)
        throw new Error(`cut into ${name}, it comes out otherwise`)
      bareScan(pieces)
    }
    const [ours = 0, floor = 0] = inTurns(
      ROUNDS,
      () => maskPieces(masker, pieces, kind),
      () => bareScan(pieces),
    )
    row(
      `warm: ${name}, ${catalogue}`,
      speed(text.length, ours),
      'MB/s',
      'bare scan',
      speed(text.length, floor),
    )
  }
}

function hostile(catalogue: string, masker: Masker, list: readonly Detector[]): void {
  const all = hostileTexts(list).map((hostile) => ({ hostile, pieces: [flat(repeated(hostile, BLOCK))] }))
  const rateOf = (pieces: readonly string[], rounds: number): number =>
    speed(BLOCK, inTurns(rounds, () => maskPieces(masker, pieces))[0] as number)
  const measured = all.map(({ hostile, pieces }) => {
    maskPieces(masker, pieces)
    return { hostile, pieces, rate: rateOf(pieces, 1) }
  })
  measured.sort((a, b) => a.rate - b.rate)
  // The slowest by one look are looked at as often as ordinary text is.
  for (const it of measured.slice(0, SUSPECTS)) it.rate = rateOf(it.pieces, ROUNDS)
  measured.sort((a, b) => a.rate - b.rate)
  const block = [flat(text.slice(0, BLOCK))]
  const floor = speed(BLOCK, inTurns(ROUNDS, () => bareScan(block))[0] as number)
  for (const { hostile, rate } of measured.slice(0, 5)) {
    row(`hostile: ${hostile.name}, 64 KB, ${catalogue}`, rate, 'MB/s', 'bare scan', floor)
  }
  const middle = measured[measured.length >> 1]
  row(
    `hostile: median of ${measured.length} texts, ${catalogue}`,
    middle?.rate ?? 0,
    'MB/s',
    'bare scan',
    floor,
  )
  const soups = Array.from({ length: SOUPS }, (_, i) => cut(anchorSoup(list, 1_000_000, 100 + i), BLOCK))
  const rates = soups.map((soup) => speed(1_000_000, inTurns(1, () => maskPieces(masker, soup))[0] as number))
  row(`hostile: anchor soup that is never the same, ${catalogue}`, median(rates), 'MB/s', 'bare scan', floor)
  const grown = measured.slice(0, 6).map(({ hostile }) => ({ hostile, ratio: growth(masker, hostile) }))
  const worst = grown.reduce((a, b) => (b.ratio > a.ratio ? b : a))
  row(`hostile: time at 4 MB over 2 MB, ${worst.hostile.name}, ${catalogue}`, worst.ratio, '×', 'linear', 2)
}

function growth(masker: Masker, hostile: Hostile): number {
  const once = cut(repeated(hostile, 2_000_000), BLOCK)
  const twice = cut(repeated(hostile, 4_000_000), BLOCK)
  const [n = 0, two = 0] = inTurns(
    GROWTH_ROUNDS,
    () => maskPieces(masker, once),
    () => maskPieces(masker, twice),
  )
  return two / n
}

function regularExpressions(list: readonly Detector[]): void {
  const some = text.slice(0, 200_000)
  const patterns = list.flatMap(({ forms }) =>
    forms.map(({ grammar, notAfter }) =>
      notAfter
        ? new RegExp(`(?<!${notAfter.source})(?:${grammar.source})`, 'g')
        : new RegExp(grammar.source, 'g'),
    ),
  )
  const masker = maskerOf(list)
  const pieces = [flat(some)]
  const [ours = 0, theirs = 0] = inTurns(
    3,
    () => maskPieces(masker, pieces),
    () => patterns.reduce((masked, pattern) => masked.replace(pattern, '[X]'), some),
  )
  row(
    'warm: whole text at once',
    speed(some.length, ours),
    'MB/s',
    'V8 RegExp, one by one',
    speed(some.length, theirs),
  )
}

// Both mask fewer kinds of values than this engine; secretlint only finds them.
async function peers(masker: Masker): Promise<void> {
  const some = text.slice(0, 200_000)
  const pieces = [flat(some)]
  for (const { name, run } of await installedPeers()) {
    const theirs: number[] = []
    for (let i = 0; i < 5; i++) {
      const before = process.cpuUsage()
      await run(some)
      const { user, system } = process.cpuUsage(before)
      theirs.push((user + system) / 1e3)
    }
    const [ours = 0] = inTurns(5, () => maskPieces(masker, pieces))
    row(
      'warm: whole text at once',
      speed(some.length, ours),
      'MB/s',
      name,
      speed(some.length, median(theirs)),
    )
  }
}

function holdBack(catalogue: string, masker: Masker): void {
  const some = tokens(text.slice(0, 500_000))
  const stream = masker.open('text')
  const held: number[] = []
  const delays: number[] = []
  const waiting: { end: number; written: number }[] = []
  let written = 0
  for (const [i, token] of some.entries()) {
    written += token.length
    const { through } = stream.write(token)
    held.push(written - through)
    waiting.push({ end: written, written: i })
    while (waiting[0] && waiting[0].end <= through) delays.push(i - (waiting.shift()?.written ?? i))
  }
  const sum = held.reduce((a, b) => a + b, 0)
  const figures = { mean: sum / held.length, p50: 0.5, p95: 0.95, p99: 0.99 }
  const size = written / some.length
  row(`hold-back: mean, ${catalogue}`, figures.mean, 'characters', 'a token', size)
  for (const name of ['p50', 'p95', 'p99'] as const) {
    row(`hold-back: ${name}, ${catalogue}`, quantile(held, figures[name]), 'characters', 'a token', size)
  }
  row(`hold-back: max, ${catalogue}`, quantile(held, 1), 'characters', 'a token', size)
  row(`hold-back: median, ${catalogue}`, median(delays), 'tokens', 'a token', 1)
}

// Heap growth by many streams, each in the state that keeps most: long candidates of checked values, from large pieces.
function memory(catalogue: string, masker: Masker): void {
  const parent = `${' '.repeat(BLOCK)}ada.lovelace 4111 1111 1111 1 GB29 NWBK 6016 1331 92`
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const before = process.memoryUsage().heapUsed
  const streams = Array.from({ length: STREAMS }, (_, i) => {
    const stream = masker.open('text')
    stream.write(`${parent}${i % 10}`.slice(BLOCK - 40))
    return stream
  })
  collect()
  const bytes = (process.memoryUsage().heapUsed - before) / streams.length
  row(`memory: a stream, ${catalogue}`, bytes, 'bytes', 'bound', 4096)
}

function speed(units: number, ms: number): number {
  return units / 1e3 / ms
}

function row(name: string, value: number, unit: string, peer: string, peerValue: number): void {
  const round = (figure: number): number => Number(figure.toPrecision(3))
  const figure = {
    name: `masking: ${name}`,
    value: round(value),
    unit,
    peer,
    peerValue: round(peerValue),
    ratio: round(value / peerValue),
  }
  if (json) process.stdout.write(`${JSON.stringify(figure)}\n`)
  else {
    const { ratio } = figure
    process.stdout.write(
      `${name.padEnd(66)} ${figure.value} ${unit}   ${peer} ${figure.peerValue}   ratio ${ratio}\n`,
    )
  }
}
