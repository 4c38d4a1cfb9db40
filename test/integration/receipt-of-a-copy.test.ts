// `sluice audit receipt --dir` where the copy is damaged, a receipt that is signed and of no entry, and what makes no sense: what is wrong is named.
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { signCheckpoint } from '../../src/audit/checkpoint.ts'
import { leafHash } from '../../src/audit/merkle.ts'
import { generateSkey, signerOf } from '../../src/audit/note.ts'
import { encodeReceipt } from '../../src/audit/receipt.ts'
import { emptyHome } from '../support/sluice.ts'

t.setTimeout(60_000)

const FROZEN = fileURLToPath(new URL('../vectors/ledger', import.meta.url))

t.test('a copy that lacks a file', async (t) => {
  const home = emptyHome(t)
  const told = async (...lacking: string[]) => {
    const copy = join(home.folder, 'copy')
    rmSync(copy, { recursive: true, force: true })
    cpSync(FROZEN, copy, { recursive: true })
    for (const path of lacking) rmSync(join(copy, path), { recursive: true })
    const run = home.sluice('audit', 'receipt', '41', '--dir', copy, '--out', join(copy, 'out'), '--json')
    return { exit: await run.ended, ...(JSON.parse(run.stdout()) as object) }
  }
  t.match(await told(), { exit: 0, entry: 41 })
  const invalid = { code: 'ERR_LEDGER_INVALID' }
  t.match(await told('tile/0/001.p'), {
    exit: 10,
    error: { ...invalid, fault: 'tile', message: /tile\/0\/001\.p\/\d+ is missing, or cut short/ },
  })
  t.match(await told('tile/entries/000'), { exit: 10, error: { ...invalid, fault: 'missing', entry: 41 } })
})

t.test('a receipt whose entry is signed, and is none', async (t) => {
  const home = emptyHome(t)
  const signer = signerOf(generateSkey('gw.example/ledger'))
  for (const entry of ['x', 'null', '{"kind":1}']) {
    const note = signCheckpoint({ size: 1, root: leafHash(entry) }, signer)
    const path = join(home.folder, 'receipt')
    writeFileSync(path, encodeReceipt({ index: 0, entry, path: [], note }))
    const run = home.sluice('audit', 'verify', '--receipt', path, '--vkey', signer.vkey, '--json')
    t.equal(await run.ended, 10, entry)
    t.match(JSON.parse(run.stdout()), {
      error: { code: 'ERR_LEDGER_INVALID', fault: 'not-an-entry', entry: 0 },
    })
  }
})

t.test('what was asked makes no sense: it is said so, and nobody is alarmed', async (t) => {
  const home = emptyHome(t)
  const told = async (command = '', ...line: string[]) => {
    const run = home.sluice('audit', command, '--json', ...line)
    return { exit: await run.ended, ...(JSON.parse(run.stdout()) as object) }
  }
  const wrong = (message: string | RegExp) => ({ exit: 2, error: { code: 'ERR_USAGE', message } })
  const out = join(home.folder, 'out')
  for (const entry of ['abc', '1.5', '-1', '', '9'.repeat(20)])
    t.match(
      await told('receipt', '--dir', FROZEN, '--out', out, '--', entry),
      wrong(`ENTRY must be an entry’s number, from 0 up, not "${entry}".`),
    )
  const gone = join(home.folder, 'mistyped')
  const file = join(FROZEN, 'checkpoint')
  for (const line of [
    ['verify', '--dir'],
    ['receipt', '41', '--out', out, '--dir'],
  ]) {
    t.match(await told(...line, gone), wrong(`There is no folder ${gone}.`))
    t.match(await told(...line, file), wrong(`${file} is no folder.`))
    t.match(await told(...line, home.folder), {
      exit: 10,
      error: { code: 'ERR_LEDGER_INVALID', fault: 'checkpoint', message: /there is no checkpoint/ },
    })
  }
  t.equal((await told('receipt', '41', '--dir', FROZEN, '--out', out)).exit, 0)
  t.match(await told('receipt', '41', '--dir', FROZEN, '--out', out), wrong(`${out} is there already.`))
})
