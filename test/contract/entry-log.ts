// What every ledger promises at the log port (src/audit/log.ts).
import t, { type Test } from 'tap'
import { openCheckpoint } from '../../src/audit/checkpoint.ts'
import type { EntryLog } from '../../src/audit/log.ts'
import { Frontier, leafHash, verifyConsistency, verifyInclusion } from '../../src/audit/merkle.ts'
import { verifierOf } from '../../src/audit/note.ts'
import { ADA, decision, GRACE, outcomeOf } from '../support/test-store.ts'

export interface LedgerUnderTest {
  readonly log: EntryLog
  readonly vkey: string
  close(): Promise<void>
}

/** `open` opens the ledger in `folder`, a new one where the folder is empty. */
export function entryLogContract(name: string, open: (folder: string) => Promise<LedgerUnderTest>): void {
  const fresh = async (t: Test) => {
    const ledger = await open(t.testdir())
    t.teardown(() => ledger.close())
    return { ...ledger, verifier: verifierOf(ledger.vkey) }
  }
  const everything = { from: 0, below: 1e9, limit: 1e6 }

  t.test(`${name}: a new ledger has a signed checkpoint of size 0`, async (t) => {
    const { log, verifier } = await fresh(t)
    t.equal(openCheckpoint(await log.checkpoint(), verifier)?.size, 0)
    t.same(await log.read(everything), [])
    t.equal(await log.firstSince(0), 0)
    t.equal(log.writable, true)
  })

  t.test(`${name}: an acknowledged entry is covered by the checkpoint, under its index`, async (t) => {
    const { log, verifier } = await fresh(t)
    const first = decision()
    t.same(await log.append([first]), [0])
    t.same(await log.append([outcomeOf(first), decision({ effect: 'deny' })]), [1, 2])
    t.same(await log.append([]), [])
    const checkpoint = openCheckpoint(await log.checkpoint(), verifier)
    t.equal(checkpoint?.size, 3)
    const entries = await log.read(everything)
    t.same(
      entries.map(({ index }) => index),
      [0, 1, 2],
    )
    t.same(JSON.parse(entries[0]?.text ?? ''), first)
    t.equal(entries[0]?.text, JSON.stringify(first), 'keys sorted, no white space')
    const tree = new Frontier()
    for (const { text } of entries) tree.append(leafHash(text))
    t.same(tree.root(), checkpoint?.root)
  })

  t.test(`${name}: appends at once are gapless, each in its own order, none torn apart`, async (t) => {
    const { log, verifier } = await fresh(t)
    const pairs = Array.from({ length: 300 }, () => decision()).map((entry) => [entry, outcomeOf(entry)])
    const indices = await Promise.all(pairs.map((pair) => log.append(pair)))
    t.same(
      indices.flat().sort((a, b) => a - b),
      Array.from({ length: 600 }, (_, at) => at),
    )
    for (const [first = -1, second] of indices) t.equal(second, first + 1)
    const entries = await log.read(everything)
    for (const [at, pair] of indices.entries()) {
      t.equal(entries[pair[0] ?? -1]?.text, JSON.stringify(pairs[at]?.[0]))
    }
    t.equal(openCheckpoint(await log.checkpoint(), verifier)?.size, 600)
  })

  t.test(`${name}: inclusion and consistency verify against every checkpoint on the way`, async (t) => {
    const { log, verifier } = await fresh(t)
    const checkpoints = []
    for (const step of [1, 2, 60, 193, 1, 300]) {
      await log.append(Array.from({ length: step }, () => decision({ effect: 'deny' })))
      checkpoints.push(openCheckpoint(await log.checkpoint(), verifier))
    }
    const entries = await log.read(everything)
    for (const checkpoint of checkpoints) {
      if (!checkpoint) throw new Error('a checkpoint did not open')
      const { size, root } = checkpoint
      for (const index of [0, size >> 1, size - 1]) {
        const claim = { leaf: leafHash(entries[index]?.text ?? ''), index, size, root }
        t.ok(verifyInclusion(claim, await log.inclusion(index, size)), `${index} in ${size}`)
      }
      for (const later of checkpoints) {
        if (!later || later.size < size) continue
        const claim = { from: size, fromRoot: root, to: later.size, toRoot: later.root }
        t.ok(verifyConsistency(claim, await log.consistency(size, later.size)), `${size} to ${later.size}`)
      }
    }
    await t.rejects(log.inclusion(557, 557), 'no such entry')
    await t.rejects(log.consistency(1, 558), 'no such tree')
    t.equal(log.writable, true, 'a question that has no answer is not a failure of the ledger')
  })

  t.test(`${name}: its tiles are those of the tree, as far as its checkpoint at least`, async (t) => {
    const { log } = await fresh(t)
    t.equal((await log.tile(0, 0)).length, 0, 'an empty tree has none')
    await log.append(Array.from({ length: 300 }, () => decision({ effect: 'deny' })))
    const leaves = (await log.read(everything)).map(({ text }) => leafHash(text))
    const hex = async (level: number, number: number) =>
      Buffer.from(await log.tile(level, number)).toString('hex')
    t.equal(await hex(0, 0), Buffer.concat(leaves.slice(0, 256)).toString('hex'))
    t.equal(await hex(0, 1), Buffer.concat(leaves.slice(256)).toString('hex'))
    const above = new Frontier()
    for (const leaf of leaves.slice(0, 256)) above.append(leaf)
    t.equal(await hex(1, 0), Buffer.from(above.root()).toString('hex'))
    for (const [level, number] of [
      [0, 2],
      [1, 1],
      [2, 0],
      [63, 0],
      [0, 2 ** 40],
    ] as const) {
      t.equal(await hex(level, number), '', `there is no tile ${level}/${number}`)
    }
  })

  t.test(`${name}: reads by subject, range and time`, async (t) => {
    const { log } = await fresh(t)
    const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 14, 0, second)).toISOString()
    // The clock was set back once.
    const times = [10, 20, 15, 15, 30]
    const subjects = [ADA, GRACE, ADA, GRACE, ADA]
    await log.append(times.map((second, i) => decision({ time: at(second), subject: subjects[i] as string })))
    await log.append([{ v: 1, kind: 'gateway-stopped', time: at(31), version: '0', policy: '' }])
    const indices = async (query: Partial<typeof everything> & { subject?: string }) =>
      (await log.read({ ...everything, ...query })).map(({ index }) => index)
    t.same(await indices({ subject: ADA }), [0, 2, 4])
    t.same(await indices({ subject: ADA, from: 1, below: 4 }), [2])
    t.same(await indices({ from: 1, limit: 2 }), [1, 2])
    t.same(await indices({ subject: 'sub_nobody' }), [])
    const since = (second: number) => log.firstSince(Date.parse(at(second)))
    t.same(
      await Promise.all([since(0), since(10), since(11), since(15), since(21), since(31), since(99)]),
      [0, 0, 1, 1, 4, 5, 6],
    )
  })

  t.test(`${name}: listeners hear of every commit until they stop`, async (t) => {
    const { log } = await fresh(t)
    const heard: number[] = []
    const stop = log.onCommit((size) => heard.push(size))
    await log.append([decision()])
    await log.append([decision(), decision()])
    stop()
    await log.append([decision()])
    t.same(heard, [1, 3])
  })

  t.test(`${name}: says how many entries are not durable yet`, async (t) => {
    const { log } = await fresh(t)
    t.equal(log.waiting, 0)
    const appending = [log.append([decision()]), log.append([decision(), decision()])]
    t.equal(log.waiting, 3)
    await Promise.all(appending)
    t.equal(log.waiting, 0)
  })

  t.test(`${name}: goes on after it was closed, under the same key`, async (t) => {
    const folder = t.testdir()
    const before = await open(folder)
    const first = decision()
    await before.log.append([first, outcomeOf(first)])
    const note = await before.log.checkpoint()
    await Promise.all([before.close(), before.close()])
    await before.log.close()
    t.equal(before.log.writable, false)
    await t.rejects(before.log.append([decision()]), { code: 'ERR_LEDGER_UNAVAILABLE' })
    const after = await open(folder)
    t.teardown(() => after.close())
    t.equal(after.vkey, before.vkey)
    t.equal(await after.log.checkpoint(), note)
    t.same(await after.log.append([decision()]), [2])
  })

  t.test(`${name}: closing lets accepted appends become durable`, async (t) => {
    const folder = t.testdir()
    const before = await open(folder)
    const acknowledged = Promise.all(Array.from({ length: 50 }, () => before.log.append([decision()])))
    await before.close()
    t.equal((await acknowledged).length, 50)
    const after = await open(folder)
    t.teardown(() => after.close())
    t.ok((await after.log.read(everything)).length >= 50)
  })

  t.test(`${name}: exchanges left open end as interrupted, once`, async (t) => {
    const folder = t.testdir()
    const before = await open(folder)
    const [done, allowed, held, denied] = [
      decision(),
      decision({ subject: GRACE }),
      decision({ effect: 'hold' }),
      decision({ effect: 'deny' }),
    ]
    await before.log.append([done, allowed, held, denied])
    await before.log.append([outcomeOf(done)])
    await before.close()
    for (const opening of ['first', 'second']) {
      const after = await open(folder)
      const outcomes = (await after.log.read({ ...everything, from: 5 })).map(({ text }) => JSON.parse(text))
      const { exchange, session, subject, model } = allowed
      t.match(
        outcomes,
        [
          { kind: 'outcome', status: 'interrupted', exchange, session, subject, model, findings: {} },
          { kind: 'outcome', status: 'interrupted', exchange: held.exchange },
        ],
        opening,
      )
      t.equal(outcomes.length, 2)
      await after.close()
    }
  })

  t.test(`${name}: an entry that is too large, or has no time, is a bug and harms nothing`, async (t) => {
    const { log } = await fresh(t)
    await t.rejects(log.append([decision({ rule: 'x'.repeat(2048) })]), { code: 'ERR_INTERNAL' })
    await t.rejects(
      log.append([decision({ rule: 'é'.repeat(900) })]),
      { code: 'ERR_INTERNAL' },
      'bytes count, not characters',
    )
    await t.rejects(log.append([decision({ time: 'now' })]), { code: 'ERR_INTERNAL' })
    t.same(await log.append([decision({ rule: 'é'.repeat(700) })]), [0])
  })
}
