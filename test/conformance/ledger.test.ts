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
import { entryLine } from '../../src/cli/audit-lines.ts'
import type { Entry } from '../../src/terms/entry.ts'
import { fixedSkey } from '../support/fixed-key.ts'
import { schemaFlaw } from '../support/published-schema.ts'
import { decision, openTestStore, ORIGIN, outcomeOf } from '../support/test-store.ts'

t.setTimeout(170_000)

interface Frozen {
  readonly folder: string
  readonly size: number
  readonly older: number
  /** Index of the entry whose receipt is there. */
  readonly receipt: number
  readonly files: number
}

const vector = (name: string) => fileURLToPath(new URL(`../vectors/${name}`, import.meta.url))
const FROZEN: Record<string, Frozen> = {
  'the frozen ledger': { folder: vector('ledger'), size: 300, older: 100, receipt: 41, files: 6 },
  'the second one, with each kind of entry that there was': {
    folder: vector('ledger-2'),
    size: 37,
    older: 20,
    receipt: 11,
    files: 3,
  },
}
const textsIn = ({ folder, size }: Frozen): string[] =>
  Array.from({ length: Math.ceil(size / 256) }, (_, at) => {
    const width = Math.min(256, size - at * 256)
    const bundle = `tile/entries/${String(at).padStart(3, '0')}${width < 256 ? `.p/${width}` : ''}`
    return decodeBundle(readFileSync(join(folder, bundle)))
  }).flat()
const check = async (bytes: Uint8Array, width: number) => checkBundle(bytes, width)
// Where Debian's golang-golang-x-mod-dev puts it.
const GOPATH = '/usr/share/gocode'
const hasGo =
  spawnSync('go', ['version']).status === 0 && existsSync(join(GOPATH, 'src/golang.org/x/mod/sumdb/tlog'))

for (const [name, frozen] of Object.entries(FROZEN)) {
  const { folder, size } = frozen
  const vkey = readFileSync(join(folder, 'vkey'), 'utf8').trim()
  const older = readFileSync(join(folder, 'older-checkpoint'), 'utf8')

  t.test(`${name}: it and its receipt verify`, async (t) => {
    const anchors = [{ note: older, source: 'frozen, too' }]
    const verified = await verifyLedger({ files: folderFiles(folder), vkey, anchors, check })
    const expected = { checkpoint: { size, origin: ORIGIN }, isSigned: true, anchor: { size: frozen.older } }
    t.match(verified, expected)
    const proof = readFileSync(join(folder, `entry-${frozen.receipt}.tlog-proof`), 'utf8')
    const receipt = parseReceipt(proof)
    if (!receipt) throw new Error('it is no receipt')
    t.equal(verifyReceipt(receipt, vkey).size, size)
  })

  t.test(`${name}: the same entries make the same ledger today, to the byte`, async (t) => {
    const place = t.testdir()
    writeFileSync(join(place, 'ledger.key'), `${fixedSkey(ORIGIN)}\n`, { mode: 0o600 })
    const store = await openTestStore({ folder: place, clock: { now: () => Date.UTC(2026, 10, 24) } })
    t.teardown(() => store.close())
    t.equal(store.vkey, vkey)
    const entries = textsIn(frozen).map((text) => JSON.parse(text) as Entry)
    await store.log.append(entries.slice(0, frozen.older))
    t.equal(await store.log.checkpoint(), older)
    await store.log.append(entries.slice(frozen.older))
    const files = filesOf(store.log)
    const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => relative(folder, join(file.parentPath, file.name)))
      .filter((path) => path === 'checkpoint' || path.startsWith('tile/'))
    t.equal(paths.length, frozen.files)
    for (const path of paths)
      t.same(Buffer.from((await files(path)) ?? []), readFileSync(join(folder, path)), path)
  })
}

t.test('an entry of each kind is still one by the schema, and told in words', async (t) => {
  const entries = textsIn(FROZEN['the second one, with each kind of entry that there was'] as Frozen)
  const kinds = new Set<string>()
  for (const text of entries) {
    const entry = JSON.parse(text) as Entry
    kinds.add(entry.kind)
    t.equal(schemaFlaw(entry), undefined)
    t.notMatch(entryLine(0, entry, 'ada', 0), new RegExp(`  ${entry.kind} `), 'not as one that is not known')
  }
  t.equal(kinds.size, 19)
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

  for (const [name, { folder, size, older, receipt }] of Object.entries(FROZEN)) {
    t.test(name, async (t) => {
      const { status, stdout, stderr } = verify(folder, 'older-checkpoint', `entry-${receipt}.tlog-proof`)
      t.equal(status, 0, stderr)
      t.match(JSON.parse(stdout), { size, proofs: Math.ceil(size / 37), older, receipt })
    })
  }

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
