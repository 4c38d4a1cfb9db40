// Faults planted in the engine: each must come out otherwise than the reference, or hold back otherwise than the engine.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import { detectors as catalogue } from '../../src/masking/catalogue.ts'
import * as engine from '../../src/masking/engine.ts'
import { unusual } from '../support/masking-catalogue.ts'
import { trace } from '../support/masking-trace.ts'
import { jsonTexts, texts } from '../support/masking-texts.ts'

const src = fileURLToPath(new URL('../../src/', import.meta.url))
const detectors = [...catalogue, ...unusual]

/** In a file of the engine: what stands there, and the fault put in its place. */
const FAULTS: readonly (readonly [file: string, right: string, wrong: string])[] = [
  // What begins.
  ['conditions', '!contexts.has(notAfter)', 'true'],
  ['conditions', '(after === NO_CONTEXT || contexts.has(after))', 'true'],
  ['anchors', 'this.contexts.first.filter((position) => this.readsAt(position, k))', '[]'],
  ['anchors', 'read.length === 0 ? begun', 'begun.length > 0 ? begun'],
  ['positions', 'nullable: a.nullable && b.nullable', 'nullable: a.nullable || b.nullable'],
  ['positions', 'this.link(loop.last, loop.first)', ''],
  // What is found.
  ['product', 'certain && whole && !accepts(after)', 'false'],
  ['product', 'whole || thread.found', 'whole'],
  ['product', 'isInRunUp(before) && !isInRunUp(after)', 'false'],
  ['run-up', 'length: 1 + max', 'length: 2 + max'],
  ['run-up', 'length: 1 + max', 'length: max'],
  ['product', '(k === undefined || rule.barred[k] === 0)', 'true'],
  ['product', 'filter((thread) => !isInRunUp(thread.state))', 'filter(() => true)'],
  ['validate', 'if (isWhole && (!check', 'if ((!check'],
  ['validate', 'accepts(state) && barred[k] === 0', 'accepts(state)'],
  ['endings', 'if (left.isLed(rule, start)) this.waiting.push(match)\n      else {', '{'],
  [
    'candidates',
    'if (from > start && from < end) this.keepOnly',
    'if (from > start && from < start) this.keepOnly',
  ],
  ['endings', 'start < match.end', 'start <= match.end'],
  ['candidates', '((steps & ENDED) !== 0 && this.isEager)', 'false'],
  ['validate', 'findLast((end) => !check ||', 'find((end) => !check ||'],
  ['validate', 'end - start > LONGEST_UNDECIDED', 'end - start > 10 * LONGEST_UNDECIDED'],
  // The quick way.
  ['lineups', '!isChecked && first < 0', '!isChecked'],
  ['lineups', 'Uint8Array.of(stay + 1,', 'Uint8Array.of(stay + 2,'],
  ['lineups', '(steps & CARE) !== 0', '(steps & CARE & next.length) !== 0'],
  ['lineups', '(isEager && (steps & (CARE | ENDED)) !== 0)', 'false'],
  ['reader', 'candidates.decides(ends, MARKS, i, at + i) ? SHIFT : STUDY', 'SHIFT'],
  ['reader', '(this.candidates.starts[i] as number) - this.at', 'this.candidates.starts[i] as number'],
  ['candidates', 'ending.isOutOfRunUp && at - start > rule.grammar.runUp', 'false'],
  ['candidates', 'if (ending.isNoted) this.endings.note', 'if (false) this.endings.note'],
  ['candidates', 'other !== start && other < end', 'other < start'],
  ['candidates', 'other !== start && other < end', 'other > start && other < end'],
  ['endings', 'if (concerns(match)) {', 'if (matches.length < 0) {'],
  [
    'lineups',
    'if (thread.rule === rule) return accepts(thread.state)',
    'if (thread.rule === rule) return true',
  ],
  ['lineups', 'states.some((state) => (state & CERTAIN) !== 0)', 'false'],
  ['reader', 'end - (this.candidates.starts[1] as number) > this.automata.runUp', 'false'],
  ['reader', 'this.gate = gate\n        this.startSkim()', ''],
  // What leaves.
  ['settle', 'Math.max(this.covered, hold)', 'Math.max(this.covered, at)'],
  ['settle', '|| (start === hold && rule.order < order)', ''],
  ['settle', "if (end > this.covered) edits.push({ start: this.covered, end, text: '' })", ''],
  ['settle', 'around.covers(match) || start === last', 'start === last'],
  ['settle', 'around.covers(match) || start === last', 'around.covers(match)'],
  ['text-stream', 'if (!this.endsHigh || this.through !== at) return settled', 'if (at >= 0) return settled'],
  [
    'text-stream',
    'const hold = (summary & SOME) !== 0 ? (this.candidates.starts[1] as number) : at',
    'const hold = this.through',
  ],
  ['text-stream', 'this.kept += this.piece', 'this.kept = this.piece'],
  // JSON.
  ['json-bare', 'next === undefined || structure.mayFollow(next)', 'from >= 0'],
  [
    'json-stream',
    'this.openContinued(this.recent.before(this.piece, this.restFrom - this.at))',
    "this.openContinued('')",
  ],
  ['json-string', 'JSON.stringify(edit.text).slice(1, -1)', 'edit.text'],
  ['json-string', 'seen: this.seen + 1, by: last + length - 1', 'seen: this.seen, by: last + length - 1'],
  ['json-structure', 'frame.key = ownCopy(key)', ''],
  ['json-structure', 'frame.beforeString = undefined', ''],
  ['json-texts', '!found && !accepts(state) && ', ''],
  ['json-texts', 'turn > MOST_STARTS && turn !== SHIFT', 'false'],
  ['json-walk', "!raw.includes('\\\\')", 'true'],
  ['json-walk', "|| seen[from] === '['", ''],
  ['json-stream', ' || this.opening !== undefined', ''],
]

const plain = [
  '<abc~345x ',
  '<abc~3;12 ',
  '<~345>:',
  'ab://night:-<owl~345x1 ok',
  `#${'12'.repeat(600)} `,
  ...fc.sample(texts, { seed: 5, numRuns: 300 }),
]
const json = [
  '{"password":["hunter2hunter2"]}',
  '{"password" => "hunter2hunter2"}',
  '{"at": 2001:db8::ff00:42:8329}',
  '{"a":"b","password":"hunter2hunter2"}',
  '["[4.111111111111111e15]"]',
  '["-----BEGIN PRIVATE KEY-----","MIIEvQIBADANBgkqhkiG9w0BAQ"]',
  ...fc.sample(jsonTexts, { seed: 6, numRuns: 150 }),
]

function* traces({ maskerOf }: typeof engine): Generator<string> {
  const masker = maskerOf(detectors)
  for (const text of plain) yield trace(masker, 'text', text)
  for (const text of json) yield trace(masker, 'json', text)
}

t.test('every planted fault is noticed', async (t) => {
  const expected = [...traces(engine)]
  const folder = mkdtempSync(join(tmpdir(), 'sluice-mutants-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const [i, [file, good, bad]] of FAULTS.entries()) {
    const copy = join(folder, String(i))
    for (const room of ['masking', 'base', 'terms'])
      cpSync(join(src, room), join(copy, room), { recursive: true })
    const path = join(copy, 'masking', `${file}.ts`)
    const source = readFileSync(path, 'utf8')
    if (source.split(good).length !== 2) throw new Error(`${file}.ts: not there, or more than once: ${good}`)
    writeFileSync(
      path,
      source.replace(good, () => bad),
    )
    const mutant = (await import(pathToFileURL(join(copy, 'masking', 'engine.ts')).href)) as typeof engine
    t.ok(isNoticed(mutant, expected), `${file}: ${good} → ${bad === '' ? '(nothing)' : bad}`)
  }
})

function isNoticed(mutant: typeof engine, expected: readonly string[]): boolean {
  try {
    let i = 0
    for (const actual of traces(mutant)) if (actual !== expected[i++]) return true
    return false
  } catch {
    return true
  }
}
