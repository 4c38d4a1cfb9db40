// The ledger, verified by software that nobody here wrote (Go's checksum database), and held against one that was frozen.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { copyInto, folderFiles } from '../../src/adapters/ledger-folder/ledger-folder.ts'
import { decodeBundle } from '../../src/audit/bundle.ts'
import { filesOf } from '../../src/audit/published.ts'
import { encodeReceipt, parseReceipt, verifyReceipt } from '../../src/audit/receipt.ts'
import { checkBundle } from '../../src/audit/verify/check-bundle.ts'
import { verifyLedger } from '../../src/audit/verify/verify-ledger.ts'
import type { Entry } from '../../src/terms/entry.ts'
import { fixedSkey } from '../support/fixed-key.ts'
import { decision, openTestStore, ORIGIN, outcomeOf } from '../support/test-store.ts'

t.setTimeout(170_000)

const frozen = fileURLToPath(new URL('../vectors/ledger', import.meta.url))
const vkey = readFileSync(join(frozen, 'vkey'), 'utf8').trim()
const older = readFileSync(join(frozen, 'older-checkpoint'), 'utf8')
const check = async (bytes: Uint8Array, width: number) => checkBundle(bytes, width)
// Where Debian's golang-golang-x-mod-dev puts it.
const GOPATH = '/usr/share/gocode'
const hasGo =
  spawnSync('go', ['version']).status === 0 && existsSync(join(GOPATH, 'src/golang.org/x/mod/sumdb/tlog'))

t.test('the frozen ledger and its receipt verify', async (t) => {
  const anchors = [{ note: older, source: 'frozen, too' }]
  const verified = await verifyLedger({ files: folderFiles(frozen), vkey, anchors, check })
  t.match(verified, { checkpoint: { size: 300, origin: ORIGIN }, isSigned: true, anchor: { size: 100 } })
  const receipt = parseReceipt(readFileSync(join(frozen, 'entry-41.tlog-proof'), 'utf8'))
  if (!receipt) throw new Error('it is no receipt')
  t.equal(verifyReceipt(receipt, vkey).size, 300)
})

t.test('the same entries make the same ledger today, to the byte', async (t) => {
  const folder = t.testdir()
  writeFileSync(join(folder, 'ledger.key'), `${fixedSkey(ORIGIN)}\n`, { mode: 0o600 })
  const store = await openTestStore({ folder, clock: { now: () => Date.UTC(2026, 10, 24) } })
  t.teardown(() => store.close())
  t.equal(store.vkey, vkey)
  const bundles = ['tile/entries/000', 'tile/entries/001.p/44'].map((path) =>
    readFileSync(join(frozen, path)),
  )
  const entries = bundles.flatMap(decodeBundle).map((text) => JSON.parse(text) as Entry)
  await store.log.append(entries.slice(0, 100))
  t.equal(await store.log.checkpoint(), older)
  await store.log.append(entries.slice(100))
  const files = filesOf(store.log)
  const paths = readdirSync(frozen, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => relative(frozen, join(file.parentPath, file.name)))
    .filter((path) => path === 'checkpoint' || path.startsWith('tile/'))
  t.equal(paths.length, 6)
  for (const path of paths)
    t.same(Buffer.from((await files(path)) ?? []), readFileSync(join(frozen, path)), path)
})

t.test('Go verifies', { skip: hasGo ? false : 'needs golang-go and golang-golang-x-mod-dev' }, async (t) => {
  const build = mkdtempSync(join(tmpdir(), 'sluice-go-'))
  t.teardown(() => rmSync(build, { recursive: true }))
  const program = join(build, 'verify')
  const source = fileURLToPath(new URL('go/main.go', import.meta.url))
  const env = { ...process.env, GOPATH, GO111MODULE: 'off', GOFLAGS: '', GOCACHE: join(build, 'cache') }
  const built = spawnSync('go', ['build', '-o', program, source], { env, encoding: 'utf8' })
  t.equal(built.status, 0, built.stderr)
  const verify = (folder: string, seen: string, receipt: string) =>
    spawnSync(program, [folder, join(folder, 'vkey'), join(folder, seen), join(folder, receipt)], {
      encoding: 'utf8',
    })

  t.test('the frozen ledger', async (t) => {
    const { status, stdout, stderr } = verify(frozen, 'older-checkpoint', 'entry-41.tlog-proof')
    t.equal(status, 0, stderr)
    t.match(JSON.parse(stdout), { size: 300, proofs: 9, older: 100, receipt: 41 })
  })

  t.test('a fresh one, and refuses it once it is tampered with', async (t) => {
    const folder = t.testdir({ store: {}, ledger: {} })
    const ledger = join(folder, 'ledger')
    const store = await openTestStore({ folder: join(folder, 'store') })
    t.teardown(() => store.close())
    const pairs = (count: number) =>
      Array.from({ length: count }, (_, at) => decision({ rule: `règle ${at}` })).flatMap((one) => [
        one,
        outcomeOf(one),
      ])
    await store.log.append(pairs(130))
    writeFileSync(join(ledger, 'seen'), await store.log.checkpoint())
    await store.log.append(pairs(300))
    const copy = copyInto(ledger, filesOf(store.log))
    const { note } = await verifyLedger({ files: copy.files, vkey: store.vkey, anchors: [], check })
    await copy.finish(note)
    writeFileSync(join(ledger, 'vkey'), store.vkey)
    const [entry] = await store.log.read({ from: 500, below: 501, limit: 1 })
    const path = await store.log.inclusion(500, 860)
    writeFileSync(
      join(ledger, 'receipt'),
      encodeReceipt({ index: 500, entry: entry?.text ?? '', path, note }),
    )
    const { status, stdout, stderr } = verify(ledger, 'seen', 'receipt')
    t.equal(status, 0, stderr)
    t.match(JSON.parse(stdout), { size: 860, proofs: 24, older: 260, receipt: 500 })

    const bundle = join(ledger, 'tile/entries/001')
    writeFileSync(bundle, readFileSync(bundle, 'latin1').replace('qwen', 'qwem'), 'latin1')
    t.match(verify(ledger, 'seen', 'receipt'), { status: 1, stderr: /^860 entries hash to / })
  })
})
