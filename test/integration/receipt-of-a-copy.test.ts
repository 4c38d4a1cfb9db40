// `sluice audit receipt --dir` where the copy is damaged, and a receipt that is signed and of no entry: what is wrong is named, as by `audit verify`.
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
