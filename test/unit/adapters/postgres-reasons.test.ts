// What is the matter with a database, in words; what was found wrong here is no answer of the server's.
import t from 'tap'
import { reasonOf, TurnFault } from '../../../src/adapters/sql/postgres/reasons.ts'

t.test('reasons', async (t) => {
  t.equal(
    reasonOf(new TurnFault('another gateway has raised the fence')).why,
    'another gateway has raised the fence',
  )
  t.equal(
    reasonOf(Object.assign(new Error('x'), { code: '57P03' })).why,
    'the server is starting or stopping (57P03)',
  )
  t.equal(
    reasonOf(new Error('a value of somebody’s')).why,
    'it answers Error',
    'words of others are not told',
  )
})
