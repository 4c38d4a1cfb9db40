// Another key for the ledger, by the real binary: who pinned the former one goes over to it by nothing but proof.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { generateSkey, signerOf } from '../../src/audit/note.ts'
import { site } from '../support/real-gateway.ts'
import { stopped, told } from '../support/restorable-site.ts'
import { rotated } from '../support/rotated.ts'
import { rotationSite } from '../support/rotation-site.ts'
import { openTestStore } from '../support/test-store.ts'

t.setTimeout(180_000)

t.test('what does not prove that the former key gave way is refused, as before', async (t) => {
  const { at, gateway, pinned, folder } = await rotationSite(t)
  t.match(await told(at.home, 'audit', 'verify'), { exit: 0 })
  const origin = `127.0.0.1:${at.port}/ledger`
  const old = signerOf(readFileSync(join(folder, 'ledger.key'), 'utf8'))
  await stopped(gateway)
  t.match(await told(at.home, 'gateway', 'rotate-key'), { exit: 0 })
  const now = signerOf(readFileSync(join(folder, 'ledger.key'), 'utf8'))
  const records = async <T>(
    use: (records: Awaited<ReturnType<typeof openTestStore>>['records']) => Promise<T>,
  ): Promise<T> => {
    const store = await openTestStore({ folder, origin })
    return use(store.records).finally(() => store.close())
  }
  const genuine = await records((kept) => kept.get('key-rotation', 'all'))
  const texts = ['{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}']
  const elsewhere = signerOf(generateSkey('other.example/ledger'))
  const forged: Record<string, [receipts: string[], message: RegExp]> = {
    'none at all': [[], /not signed by .*pinned key/],
    'not signed by the former key': [
      [rotated({ texts, from: old, to: now, signers: [now] }).receipt],
      /is signed by key \w{8}, not by key \w{8}|no rotation/,
    ],
    'of another ledger': [
      [rotated({ texts, from: elsewhere, to: signerOf(generateSkey('other.example/ledger')) }).receipt],
      /not signed by .*pinned key/,
    ],
    'of another history': [
      [rotated({ texts, from: old, to: now }).receipt],
      /at which its key was rotated, does not begin with/,
    ],
    'from before what is pinned': [
      [rotated({ texts: [], from: old, to: now }).receipt],
      /key \w{8} was replaced at 1 entries, and the checkpoint pinned on this machine of \d+ is signed by it/,
    ],
  }
  for (const [name, [receipts, message]] of Object.entries(forged)) {
    await records((kept) => kept.put('key-rotation', 'all', { receipts }))
    const liar = await at.start()
    const commands = [['tail', '--no-follow'], ['verify'], ['receipt', '0'], ['export', '--dir', 'copy']]
    const [tail, ...others] = await Promise.all(commands.map((args) => told(at.home, 'audit', ...args)))
    t.match(tail, { exit: 10, message }, name)
    for (const other of others) t.match(other, { exit: 10 }, name)
    t.equal((await pinned())?.ledger.vkey, old.vkey, 'the pin stays')
    await stopped(liar)
  }
  await records((kept) => kept.put('key-rotation', 'all', genuine ?? null))
  const honest = await at.start()
  t.match(await told(at.home, 'audit', 'verify'), { exit: 0 })
  await stopped(honest)
})

t.test('where there is no ledger yet there is no key to rotate', async (t) => {
  const at = await site(t, 'http://127.0.0.1:9/v1')
  t.match(await told(at.home, 'gateway', 'rotate-key'), { exit: 2, message: /no ledger yet/ })
  t.notOk(existsSync(join(at.home.folder, 'store')))
})
