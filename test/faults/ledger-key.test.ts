// The ledger's key is there whole or not at all: a first start that broke off in the middle keeps no later one away.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openSigner } from '../../src/adapters/sql/signing-key.ts'
import { ORIGIN } from '../support/test-store.ts'

// A limit on the size of files is the one way to a write that fails for real without being root.
const skip = process.platform === 'win32' ? 'needs a POSIX shell' : false
t.test('a key that could not be written is made by the next start', { skip }, (t) => {
  const folder = t.testdir()
  const path = join(folder, 'ledger.key')
  const module = new URL('../../src/adapters/sql/signing-key.ts', import.meta.url)
  const open = `import { openSigner } from ${JSON.stringify(module)}
    process.on('SIGXFSZ', () => {})
    try { openSigner(${JSON.stringify(path)}, ${JSON.stringify(ORIGIN)}, 'new') }
    catch ({ code, cause }) { console.log(code, cause.code) }`
  const node = [process.execPath, '--input-type=module', '-e', open]
  const shell = ['-c', 'trap "" XFSZ; ulimit -f 0; exec "$0" "$@"', ...node]
  const { stdout } = spawnSync('bash', shell, { env: { PATH: process.env['PATH'] }, encoding: 'utf8' })
  t.equal(stdout, 'ERR_STORE EFBIG\n', 'refused, with the system’s reason')
  t.equal(openSigner(path, ORIGIN, 'new').name, ORIGIN)
  t.same(readdirSync(folder), ['ledger.key'])
  t.end()
})
