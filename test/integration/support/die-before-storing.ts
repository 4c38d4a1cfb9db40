// Refreshes by the real client, and is killed in the moment in which it would store what it got.
import { join } from 'node:path'
import { stateFolder } from '../../../src/adapters/client-state/folder.ts'
import { secretFile } from '../../../src/adapters/secret-file/secret-file.ts'
import { authorizationServer, clientState, fetchFor } from '../../../src/assembly/client.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { chooseGateway } from '../../../src/login/client-state.ts'
import { withLock } from '../../../src/login/lock.ts'
import { tokensOf } from '../../../src/login/tokens.ts'

const { url, issuer } = chooseGateway(await clientState().load())
const keychain = {
  ...secretFile(join(stateFolder(), 'secrets')),
  set: async () => void process.kill(process.pid, 'SIGKILL'),
}
await tokensOf({
  gateway: url,
  keychain: async () => keychain,
  server: async () => authorizationServer(url, issuer, await fetchFor(undefined)),
  exclusively: (work) =>
    withLock(join(stateFolder(), `refresh-${url.replace(/[^a-z0-9.]+/gi, '-')}.lock`), work),
  clock: systemClock,
}).accessToken()
