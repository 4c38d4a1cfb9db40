import t from 'tap'
import { Reckoning } from '../../../src/audit/named-entries.ts'
import type { NamedEntries } from '../../../src/audit/named-entries.ts'
import { decision } from '../../support/test-store.ts'

const reply = (exchange: string, entry?: number, outcome?: number): NamedEntries => ({
  at: 0,
  subject: 'sub_a',
  operation: 'chat',
  exchange,
  ...(entry !== undefined && { entry }),
  ...(outcome !== undefined && { outcome }),
})
const of = (exchange: string) => decision({ exchange })
const told = (lacking: readonly { reply: NamedEntries; index: number }[]) =>
  lacking.map(({ reply, index }) => [reply.exchange, index])

t.test('what the entries bear out is not told', async (t) => {
  const reckoning = new Reckoning([reply('ex_b', 3, 5), reply('ex_a', 1, 2)], 0)
  for (const [index, exchange] of [
    [1, 'ex_a'],
    [2, 'ex_a'],
    [3, 'ex_b'],
    [5, 'ex_b'],
  ] as const) {
    t.same(reckoning.see(index, of(exchange)), [])
  }
  t.same(reckoning.end(), [])
})

t.test(
  'an entry of another exchange, a gap, and an end that comes too soon are told, each reply once',
  async (t) => {
    const reckoning = new Reckoning([reply('ex_a', 1, 2), reply('ex_b', 3), reply('ex_c', 9, 10)], 0)
    t.same(told(reckoning.see(1, of('ex_x'))), [['ex_a', 1]])
    t.same(told(reckoning.see(4, of('ex_y'))), [['ex_b', 3]])
    t.same(told(reckoning.end()), [['ex_c', 9]])
  },
)

t.test('what comes before the first entry that is shown can’t be told', async (t) => {
  const reckoning = new Reckoning([reply('ex_a', 1), reply('ex_b', 5)])
  t.same(told(reckoning.see(4, of('ex_y'))), [])
  t.same(told(reckoning.end()), [['ex_b', 5]])
  t.same(new Reckoning([reply('ex_a', 1)]).end(), [], 'nor anything where none is shown')
})

t.test('a reply that named none is told apart', async (t) => {
  const reckoning = new Reckoning([reply('ex_a')], 0)
  t.same(
    reckoning.withoutEntry.map(({ exchange }) => exchange),
    ['ex_a'],
  )
  t.same(reckoning.end(), [])
})

t.test('a reply that is heard of late is held against what has passed, or what comes', async (t) => {
  const reckoning = new Reckoning([], 0)
  t.same(told(reckoning.see(1, of('ex_a'))), [])
  t.same(told(reckoning.see(4, of('ex_b'))), [])
  t.same(told(reckoning.add([reply('ex_a', 1), reply('ex_b', 4, 5), reply('ex_c', 2), reply('ex_d', 6)])), [
    ['ex_c', 2],
  ])
  t.same(told(reckoning.see(5, of('ex_b'))), [])
  t.same(told(reckoning.see(7, of('ex_e'))), [['ex_d', 6]])
  t.same(reckoning.add([reply('ex_f')]), [])
  t.same(
    reckoning.withoutEntry.map(({ exchange }) => exchange),
    ['ex_f'],
  )
})

t.test('what passed too long ago is forgotten, not told', async (t) => {
  const reckoning = new Reckoning([], 0)
  for (let index = 0; index < 12_000; index++) reckoning.see(index, of(`ex_${index}`))
  const late = [reply('ex_x', 1_000), reply('ex_y', 3_000), reply('ex_4000', 4_000)]
  t.same(told(reckoning.add(late)), [['ex_y', 3_000]])
})
