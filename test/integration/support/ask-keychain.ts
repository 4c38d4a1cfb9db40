// A process of its own that uses the system's keychain, prints one JSON line an answer, and ends as the CLI does: the
// library keeps to the first bus that a process has talked to.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { osKeychain } from '../../../src/adapters/keyring/os-keychain.ts'
import { secretFile } from '../../../src/adapters/secret-file/secret-file.ts'
import { asSluiceError } from '../../../src/base/errors.ts'
import { endWithoutKeychain } from '../../../src/cli/end.ts'
import { chooseKeychain } from '../../../src/login/choose-keychain.ts'

const GATEWAY = 'https://one.example'
const [patience, ...verbs] = process.argv.slice(2)
const keychain = osKeychain({ patienceMs: Number(patience) })
const open = async (kind: 'keychain' | 'file') =>
  kind === 'file' ? secretFile(join(tmpdir(), 'never-written')) : keychain

async function answer(verb: string): Promise<unknown> {
  if (verb === 'get') return keychain.get(GATEWAY)
  if (verb === 'set') return keychain.set(GATEWAY, 'secret')
  if (verb === 'remove') return keychain.remove(GATEWAY)
  const choice = await chooseKeychain({ open, usedBefore: verb === 'choose-again', allowFile: false })
  return { kind: choice.keychain.kind, because: choice.because }
}

for (const verb of verbs) {
  let said: object
  try {
    said = { answer: await answer(verb) }
  } catch (thrown) {
    const { code, message, nextSteps, exit } = asSluiceError(thrown)
    said = { code, message, nextSteps }
    process.exitCode = exit
  }
  process.stdout.write(`${JSON.stringify(said)}\n`)
}
endWithoutKeychain()
