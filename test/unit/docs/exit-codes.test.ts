// docs/exit-codes.md tells every code of the registry with its exit code, and no other.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { ERRORS } from '../../../src/base/errors.ts'

const page = readFileSync(new URL('../../../docs/exit-codes.md', import.meta.url), 'utf8')

t.test('the page and the registry agree', async (t) => {
  const told = [...page.matchAll(/^\| (\d+) +\|.*\|(.*)\|$/gm)].flatMap(([, exit, codes = '']) =>
    [...codes.matchAll(/`(ERR_\w+)`/g)].map(([, code = '']) => [code, Number(exit)] as const),
  )
  t.same(
    Object.fromEntries(told),
    Object.fromEntries(Object.entries(ERRORS).map(([code, { exit }]) => [code, exit])),
  )
  t.equal(told.length, Object.keys(ERRORS).length, 'each once')
})
