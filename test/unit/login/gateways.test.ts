import t from 'tap'
import { stateFolder } from '../../../src/adapters/client-state/folder.ts'
import { type ClientState, chooseGateway, withGateway } from '../../../src/login/client-state.ts'
import { gatewayUrl } from '../../../src/login/gateway-url.ts'
import { unreachable } from '../../../src/login/unreachable.ts'

t.test('how a gateway may be typed', async (t) => {
  const right = {
    'gw.example': 'https://gw.example',
    'https://gw.example/': 'https://gw.example',
    'https://gw.example:8443': 'https://gw.example:8443',
    'localhost:8080': 'http://localhost:8080',
    '127.0.0.1:8080': 'http://127.0.0.1:8080',
    'http://[::1]:8080': 'http://[::1]:8080',
    ' GW.example ': 'https://gw.example',
  }
  for (const [typed, url] of Object.entries(right)) t.equal(gatewayUrl(typed), url, typed)
  for (const typed of [
    '',
    'ftp://gw.example',
    'http://gw.example',
    'https://gw.example/path',
    'https://me@gw.example',
    'http://127.0.0.1.evil.example',
  ]) {
    t.throws(() => gatewayUrl(typed), { code: 'ERR_USAGE' }, typed)
  }
})

const RECORD = { issuer: 'x', ledger: { origin: 'x', vkey: 'x' } }
const EMPTY: ClientState = { v: 1, gateways: {} }

t.test('which gateway is meant', async (t) => {
  const one = withGateway(EMPTY, 'https://one.example', { ...RECORD, url: 'https://one.example' })
  const two = withGateway(one, 'https://two.example', { ...RECORD, url: 'https://two.example' })
  t.throws(() => chooseGateway(EMPTY), { code: 'ERR_NOT_SIGNED_IN' })
  t.throws(() => chooseGateway(two), {
    code: 'ERR_USAGE',
    nextSteps: ['sluice use https://one.example', 'sluice use https://two.example'],
  })
  const current = { ...two, current: 'https://two.example' }
  t.equal(chooseGateway(current).url, 'https://two.example')
  for (const named of ['https://one.example', 'https://one.example/', 'one.example']) {
    t.equal(chooseGateway(current, named).url, 'https://one.example', named)
  }
  t.throws(() => chooseGateway(current, 'three.example'), {
    code: 'ERR_NOT_SIGNED_IN',
    message: /three\.example/,
  })
})

t.test('a change of one record leaves the others, and undefined removes', async (t) => {
  const one = withGateway(EMPTY, 'a', { ...RECORD, url: 'a', pin: 'note' })
  const two = withGateway(withGateway(one, 'b', { ...RECORD, url: 'b' }), 'a', { pin: undefined })
  t.notOk('pin' in (two.gateways['a'] ?? {}))
  t.ok(two.gateways['b'])
})

t.test('where state is kept', async (t) => {
  t.equal(stateFolder({ XDG_STATE_HOME: '/x' }, 'linux', '/home/ada'), '/x/sluice')
  t.equal(stateFolder({}, 'linux', '/home/ada'), '/home/ada/.local/state/sluice')
  t.equal(stateFolder({}, 'darwin', '/Users/ada'), '/Users/ada/Library/Application Support/sluice')
})

t.test('why a gateway can not be reached, in words', async (t) => {
  const failed = (code: string): Error =>
    new TypeError('fetch failed', { cause: Object.assign(new Error('secret detail'), { code }) })
  t.match(unreachable('https://gw.example', failed('ECONNREFUSED')).message, /nothing listens there/)
  t.match(unreachable('https://gw.example', failed('ENOTFOUND')).message, /name is unknown/)
  t.match(unreachable('https://gw.example', failed('SELF_SIGNED_CERT_IN_CHAIN')).nextSteps[0], /--ca FILE/)
  t.match(unreachable('https://gw.example', failed('UND_ERR_CONNECT_TIMEOUT')).message, /in time/)
  t.notMatch(unreachable('https://gw.example', failed('EWHATEVER')).message, /secret detail/)
})
