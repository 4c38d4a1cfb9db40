// SIGKILL with 64 appends in flight, again and again on one store: nothing acknowledged is missing, and the tree verifies.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openCheckpoint } from '../../src/audit/checkpoint.ts'
import { Frontier, leafHash, verifyConsistency } from '../../src/audit/merkle.ts'
import { verifierOf } from '../../src/audit/note.ts'
import { openTestStore } from '../support/test-store.ts'

const script = fileURLToPath(new URL('./append-until-killed.ts', import.meta.url))

/** Appends until `enough` were acknowledged, then dies without warning; resolves with what was acknowledged. */
function appendAndDie(folder: string, enough: number): Promise<Map<number, string>> {
  const child = spawn(process.execPath, [script, folder], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
    if (out.split('\n').length > enough) child.kill('SIGKILL')
  })
  return new Promise((resolve) => {
    child.on('close', () => {
      const lines = out.split('\n').slice(0, -1)
      resolve(new Map(lines.map((line) => [Number(line.split(' ')[0]), line.split(' ')[1] ?? ''])))
    })
  })
}

t.test('five crashes', async (t) => {
  const folder = t.testdir()
  const acknowledged = new Map<number, string>()
  let before: { size: number; root: Uint8Array } | undefined
  for (const [round, enough] of [1, 100, 400, 700, 1000].entries()) {
    for (const [index, exchange] of await appendAndDie(folder, enough)) {
      if (acknowledged.has(index)) t.fail(`index ${index} was given twice`)
      acknowledged.set(index, exchange)
    }
    const { log, vkey, close } = await openTestStore({ folder })
    const entries = await log.read({ from: 0, below: 1e9, limit: 1e6 })
    const checkpoint = openCheckpoint(await log.checkpoint(), verifierOf(vkey))
    if (!checkpoint) throw new Error('the checkpoint did not open')

    const wrong = [...acknowledged].filter(
      ([index, exchange]) => JSON.parse(entries[index]?.text ?? '{}').exchange !== exchange,
    )
    t.same(wrong, [], `round ${round}: all ${acknowledged.size} acknowledged entries are under their index`)
    const tree = new Frontier()
    for (const { text } of entries) tree.append(leafHash(text))
    t.equal(checkpoint.size, entries.length)
    t.same(tree.root(), checkpoint.root)
    if (before) {
      const claim = { from: before.size, fromRoot: before.root, to: checkpoint.size, toRoot: checkpoint.root }
      t.ok(verifyConsistency(claim, await log.consistency(before.size, checkpoint.size)))
    }
    before = checkpoint

    const parsed = entries.map(({ text }) => JSON.parse(text))
    const count = (kind: string) =>
      new Set(parsed.filter((entry) => entry.kind === kind).map((entry) => entry.exchange)).size
    t.equal(count('outcome'), count('decision'), 'every exchange has its outcome')
    t.equal(parsed.filter(({ kind }) => kind === 'outcome').length, count('outcome'), 'and only one')
    await close()
  }
})
