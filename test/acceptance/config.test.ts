// gateway init and check, by the real binary.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { emptyHome } from '../support/sluice.ts'

// Many runs of the binary, each its own start of Node.
t.setTimeout(180_000)

t.test('what init writes passes check, once its secret is there', async (t) => {
  const home = emptyHome(t, { OIDC_CLIENT_SECRET: 'hunter2' })
  const init = home.sluice('gateway', 'init')
  t.equal(await init.ended, 0)
  t.equal(init.stdout(), 'Wrote sluice.yaml\n')
  const again = home.sluice('gateway', 'init')
  t.equal(await again.ended, 2)
  t.match(again.stderr(), /sluice.yaml exists already.\n {2}→ Replace it with --force/)

  const check = home.sluice('gateway', 'check')
  t.equal(await check.ended, 0, check.stderr())
  t.match(
    check.stdout(),
    /^Right {4}sluice.yaml\nListens {2}127.0.0.1:8080, reached at http:\/\/127.0.0.1:8080\n/,
  )
  t.match(
    check.stdout(),
    /\nqwen-coder {2}openai-chat {2}http:\S+ {2}engineering {2}personal, secrets {3}personal, secrets {2}engineers\n$/,
  )
  const json = home.sluice('gateway', 'check', '--json')
  t.equal(await json.ended, 0)
  t.match(JSON.parse(json.stdout()), { ok: true, problems: [], models: [{ name: 'qwen-coder' }] })
  t.notMatch(check.stdout() + json.stdout(), 'hunter2')
})

t.test('check lists what is wrong with file, line and key, and a detector that is not there', async (t) => {
  const home = emptyHome(t)
  const file = join(home.folder, 'gateway.yaml')
  t.equal(await home.sluice('gateway', 'init', file).ended, 0)
  writeFileSync(
    file,
    readFileSync(file, 'utf8')
      .replace('request: [personal', 'request: [persnal')
      .replace('client_id', 'cleint_id'),
  )
  const check = home.sluice('gateway', 'check', file)
  t.equal(await check.ended, 3)
  t.equal(check.stdout(), '')
  t.match(
    check.stderr(),
    /gateway.yaml:19:3 {2}identity.cleint_id: is an unknown key; did you mean client_id\?/,
  )
  t.match(check.stderr(), /gateway.yaml:20:18 {2}identity.client_secret: .*OIDC_CLIENT_SECRET is not set/)
  const json = home.sluice('gateway', 'check', file, '--json')
  t.equal(await json.ended, 3)
  t.match(JSON.parse(json.stdout()), { ok: false, problems: [{ line: 18 }, { line: 19 }, { line: 20 }] })

  writeFileSync(
    file,
    readFileSync(file, 'utf8')
      .replace('cleint_id', 'client_id')
      .replace(/client_secret.*/, ''),
  )
  const detectors = home.sluice('gateway', 'check', file)
  t.equal(await detectors.ended, 3)
  t.match(detectors.stderr(), /mask.request\[0\]: is an unknown detector; did you mean personal\?/)
})

t.test('a file, or a secret, that is no text of ours is named, and why', async (t) => {
  const home = emptyHome(t, { OIDC_CLIENT_SECRET: 'hunter2' })
  t.equal(await home.sluice('gateway', 'init').ended, 0)
  const right = readFileSync(join(home.folder, 'sluice.yaml'), 'utf8')
  const files: readonly (readonly [name: string, bytes: Buffer | string, said: RegExp])[] = [
    ['utf16', Buffer.from(`\ufeff${right}`, 'utf16le'), /utf16 is UTF-16; save it as UTF-8/],
    ['latin1', Buffer.from(`${right}# d\u00e9j\u00e0`, 'latin1'), /latin1 is not UTF-8 \(line \d+\)/],
    ['huge', `${right}#${'x'.repeat(2 ** 20)}`, /huge is larger than 1 MiB/],
  ]
  for (const [name, bytes, said] of files) {
    writeFileSync(join(home.folder, name), bytes)
    const check = home.sluice('gateway', 'check', name)
    t.equal(await check.ended, 3, name)
    t.match(check.stderr(), said)
  }
  const folder = home.sluice('gateway', 'start', '.')
  t.equal(await folder.ended, 3)
  t.match(folder.stderr(), /is a folder/)

  mkdirSync(join(home.folder, 'folder'))
  writeFileSync(join(home.folder, 'empty'), '\n')
  writeFileSync(join(home.folder, 'private'), 'hunter2', { mode: 0 })
  const secrets: readonly (readonly [reference: string, said: RegExp])[] = [
    ['${env:NOT_THERE}', /the environment variable NOT_THERE is not set/],
    ['${file:folder}', /the file \S+\/folder is a folder/],
    ['${file:empty}', /the file \S+\/empty is empty/],
    ['${file:missing}', /the file \S+\/missing does not exist/],
    ['${file:huge}', /the file \S+\/huge is larger than 1 MiB/],
    ['${file:/dev/zero}', /the file \/dev\/zero is larger than 1 MiB/],
    // Root may read everything.
    ...(process.getuid?.() === 0 ? [] : ([['${file:private}', /may not be read by this user/]] as const)),
  ]
  for (const [reference, said] of secrets) {
    writeFileSync(join(home.folder, 'sluice.yaml'), right.replace('${env:OIDC_CLIENT_SECRET}', reference))
    const start = home.sluice('gateway', 'start')
    t.equal(await start.ended, 3, reference)
    t.match(start.stderr(), /sluice\.yaml:20:18 {2}identity\.client_secret: /)
    t.match(start.stderr(), said)
  }
})

t.test('a file that is not there is named', async (t) => {
  const check = emptyHome(t).sluice('gateway', 'check')
  t.equal(await check.ended, 3)
  t.match(check.stderr(), /sluice.yaml does not exist.\n.*sluice gateway init/)
})
