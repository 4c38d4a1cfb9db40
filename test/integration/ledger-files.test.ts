// The ledger's files over HTTP (https://c2sp.org/tlog-tiles), on a real store: to the byte, and to auditors alone.
import t, { type Test } from 'tap'
import { openCheckpoint } from '../../src/audit/checkpoint.ts'
import { leafHash } from '../../src/audit/merkle.ts'
import { verifierOf } from '../../src/audit/note.ts'
import { startAuditGateway } from '../support/audit-gateway.ts'
import { decision, openTestStore } from '../support/test-store.ts'
import { paperRoot } from '../support/paper-ledger.ts'

async function setUp(t: Test, entries: number) {
  const store = await openTestStore({ folder: t.testdir() })
  const gateway = await startAuditGateway(store.log)
  t.teardown(async () => {
    await gateway.stop()
    await store.close()
  })
  const append = (count: number) =>
    store.log.append(Array.from({ length: count }, () => decision({ effect: 'deny', rule: 'é' })))
  await append(entries)
  const get = async (path: string, token = 'auditor', headers: Record<string, string> = {}) => {
    const reply = await fetch(`${gateway.url}/ledger/${path}`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
    })
    return { status: reply.status, headers: reply.headers, bytes: Buffer.from(await reply.arrayBuffer()) }
  }
  const texts = async () =>
    (await store.log.read({ from: 0, below: 1e9, limit: 1e6 })).map(({ text }) => text)
  return { ...store, append, get, texts }
}

t.test('the checkpoint is a signed note that is not cached', async (t) => {
  const { get, log, vkey } = await setUp(t, 3)
  const { status, headers, bytes } = await get('checkpoint')
  t.equal(status, 200)
  t.equal(headers.get('content-type'), 'text/plain; charset=utf-8')
  t.equal(headers.get('cache-control'), 'no-cache')
  t.equal(bytes.toString(), await log.checkpoint())
  t.equal(openCheckpoint(bytes.toString(), verifierOf(vkey))?.size, 3)
})

t.test('tiles hold the hashes, bundles the entries, and neither ever changes', async (t) => {
  const { get, append, texts, log, vkey } = await setUp(t, 255)
  const partial = await get('tile/0/000.p/255')
  await append(45)
  const entries = await texts()
  const full = await get('tile/0/000')
  t.equal(full.headers.get('content-type'), 'application/octet-stream')
  t.same(full.bytes, Buffer.concat(entries.slice(0, 256).map(leafHash)))
  t.same((await get('tile/0/001.p/44')).bytes, Buffer.concat(entries.slice(256).map(leafHash)))
  t.same((await get('tile/1/000.p/1')).bytes, paperRoot(entries.slice(0, 256).map(leafHash)))
  t.same((await get('tile/0/000.p/255')).bytes, partial.bytes, 'a partial tile of an earlier checkpoint')
  t.same((await get('tile/0/000.p/7')).bytes, partial.bytes.subarray(0, 7 * 32))

  const bundle = await get('tile/entries/001.p/44')
  t.equal(bundle.headers.get('content-type'), 'application/octet-stream')
  t.same(decoded(bundle.bytes), entries.slice(256))
  t.same(decoded((await get('tile/entries/000')).bytes), entries.slice(0, 256))
  const plain = await get('tile/entries/000', 'auditor', { 'accept-encoding': 'identity' })
  t.equal(plain.headers.get('content-encoding'), null)
  t.same(decoded(plain.bytes), entries.slice(0, 256))
  const squeezed = await get('tile/entries/000', 'auditor', { 'accept-encoding': 'gzip' })
  t.equal(squeezed.headers.get('content-encoding'), 'gzip')
  t.same(squeezed.bytes, plain.bytes)
  const { size, root } = openCheckpoint(await log.checkpoint(), verifierOf(vkey)) ?? {}
  t.same([size, Buffer.from(root ?? [])], [300, Buffer.from(paperRoot(entries.map(leafHash)))])
})

t.test(
  'a tile that is kept elsewhere is asked for first, and sent again only where it is another',
  async (t) => {
    const { get } = await setUp(t, 300)
    // As a backup leaves them that was put back, and gone on from: in the same places, other entries.
    const after = await setUp(t, 300)
    for (const path of ['tile/0/000', 'tile/0/001.p/44', 'tile/entries/000', 'tile/entries/001.p/44']) {
      for (const encoding of ['gzip', 'identity']) {
        const ask = { 'accept-encoding': encoding }
        const { status, headers, bytes } = await get(path, 'auditor', ask)
        t.equal(status, 200)
        t.equal(headers.get('cache-control'), 'private, no-cache')
        const kept = headers.get('etag') ?? ''
        for (const tag of [kept, `"other", ${kept}`, kept.replace('W/', ''), '*']) {
          const again = await get(path, 'auditor', { ...ask, 'if-none-match': tag })
          t.equal(again.status, 304, `${path}, ${encoding}, ${tag}`)
          t.same([again.headers.get('etag'), again.bytes.length], [kept, 0])
        }
        const restored = await after.get(path, 'auditor', { ...ask, 'if-none-match': kept })
        t.equal(restored.status, 200)
        t.notSame(restored.bytes, bytes)
        t.equal((await get(path, 'at_1', { 'if-none-match': kept })).status, 403)
      }
    }
  },
)

t.test('what the checkpoint does not cover is not there', async (t) => {
  const { get } = await setUp(t, 300)
  for (const path of [
    '',
    'tile',
    'tile/0/001',
    'tile/0/001.p/45',
    'tile/0/002.p/1',
    'tile/1/000',
    'tile/1/000.p/2',
    'tile/2/000.p/1',
    'tile/0/000.p/256',
    'tile/0/x000/000',
    'tile/entries/001',
    'tile/entries/002.p/1',
    'tile/entries/000.p/0',
    'checkpoint/',
    'checkpoint?x=1',
    '../api/v1/whoami',
  ]) {
    t.equal((await get(path)).status, 404, path)
  }
  const empty = await setUp(t, 0)
  t.equal((await empty.get('checkpoint')).status, 200)
  for (const path of ['tile/0/000', 'tile/0/000.p/1', 'tile/entries/000.p/1'])
    t.equal((await empty.get(path)).status, 404, `${path} of an empty ledger`)
})

t.test('it is for auditors', async (t) => {
  const { get } = await setUp(t, 1)
  for (const path of ['checkpoint', 'tile/0/000.p/1', 'tile/entries/000.p/1', 'nowhere']) {
    const { status, bytes } = await get(path, 'at_1')
    t.equal(status, 403, path)
    t.match(bytes.toString(), /ERR_FORBIDDEN/)
    t.equal((await get(path, 'nobody')).status, 401)
  }
})

t.test('a store that lost an entry says which, and serves nothing in its place', async (t) => {
  const { get, log } = await setUp(t, 5)
  const { read } = log
  log.read = async (query) => (await read(query)).filter(({ index }) => index !== 3)
  const { status, bytes } = await get('tile/entries/000.p/5')
  t.equal(status, 500)
  t.match(JSON.parse(bytes.toString()), {
    error: { code: 'ERR_LEDGER_INVALID', message: /the store lacks entry 3/ },
  })
})

function decoded(bundle: Buffer): string[] {
  const texts = []
  for (let at = 0; at < bundle.length;) {
    const end = at + 2 + bundle.readUInt16BE(at)
    texts.push(bundle.toString('utf8', at + 2, end))
    at = end
  }
  return texts
}
