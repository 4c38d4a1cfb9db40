// What every store promises at the records port (src/identity/records.ts).
import t, { type Test } from 'tap'
import type { Clock } from '../../src/base/clock.ts'
import type { Records } from '../../src/identity/records.ts'

export interface RecordsUnderTest {
  readonly records: Records
  close(): Promise<void>
}

/** `open` opens the records in `folder`, none where it is empty, living by `clock`. */
export function recordsContract(
  name: string,
  open: (folder: string, clock: Clock) => Promise<RecordsUnderTest>,
): void {
  const fresh = async (t: Test, clock: Clock = { now: () => 1_000 }) => {
    const { records, close } = await open(t.testdir(), clock)
    t.teardown(close)
    return records
  }

  t.test(`${name}: a record is what was last put, under its kind and key`, async (t) => {
    const records = await fresh(t)
    t.equal(await records.get('grant', 'a'), undefined)
    await records.put('grant', 'a', { n: 1, list: ['é', null, true], nested: { x: 0.5 } })
    t.same(await records.get('grant', 'a'), { n: 1, list: ['é', null, true], nested: { x: 0.5 } })
    await records.put('grant', 'a', 'text')
    t.equal(await records.get('grant', 'a'), 'text')
    t.equal(await records.get('token', 'a'), undefined)
    await records.remove('grant', 'a')
    await records.remove('grant', 'a')
    t.equal(await records.get('grant', 'a'), undefined)
  })

  t.test(`${name}: a record ends at its expiry, which a later put replaces`, async (t) => {
    let now = 1_000
    const records = await fresh(t, { now: () => now })
    await records.put('token', 'a', 1, { expiresAt: 2_000 })
    await records.put('token', 'b', 2)
    now = 1_999
    t.equal(await records.get('token', 'a'), 1)
    now = 2_000
    t.equal(await records.get('token', 'a'), undefined)
    await records.put('token', 'a', 3)
    now = 1_000_000
    t.equal(await records.get('token', 'a'), 3)
    t.equal(await records.get('token', 'b'), 2)
  })

  t.test(`${name}: a group goes as one, across kinds, and others stay`, async (t) => {
    const records = await fresh(t)
    await records.put('grant', 'a', 1, { group: 'g' })
    await records.put('token', 'a', 2, { group: 'g' })
    await records.put('token', 'b', 3, { group: 'h' })
    await records.put('token', 'c', 4)
    await records.put('token', 'd', 5, { group: 'g' })
    await records.put('token', 'd', 6)
    await records.removeGroup('g')
    const left = await Promise.all(
      [
        ['grant', 'a'],
        ['token', 'a'],
        ['token', 'b'],
        ['token', 'c'],
        ['token', 'd'],
      ].map(([kind, key]) => records.get(kind as string, key as string)),
    )
    t.same(left, [undefined, undefined, 3, 4, 6])
  })

  t.test(`${name}: changes made at once are applied in order`, async (t) => {
    const records = await fresh(t)
    const changes = Array.from({ length: 50 }, (_, at) => records.put('counter', 'a', at))
    changes.push(records.remove('counter', 'b'), records.put('counter', 'b', 'after'))
    await Promise.all(changes)
    t.equal(await records.get('counter', 'a'), 49)
    t.equal(await records.get('counter', 'b'), 'after')
  })

  t.test(`${name}: records outlive the store being closed, after which it refuses`, async (t) => {
    const folder = t.testdir()
    const clock = { now: () => 1_000 }
    const before = await open(folder, clock)
    await before.records.put('grant', 'a', 1, { group: 'g', expiresAt: 5_000 })
    await before.close()
    await t.rejects(before.records.put('grant', 'b', 1), { code: 'ERR_STORE' })
    await t.rejects(before.records.get('grant', 'a'), { code: 'ERR_STORE' })
    const after = await open(folder, clock)
    t.teardown(() => after.close())
    t.equal(await after.records.get('grant', 'a'), 1)
  })
}
