// Identity providers that lie, or are taken over: each lie through a whole login by the real client. Nobody is signed in.
import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import {
  type Lie,
  type LyingProvider,
  signed,
  signedWithPublicKey,
  startLyingProvider,
} from './support/lying-provider.ts'
import { newHome, signInAs } from './support/person.ts'
import { type SignInGateway, startSignInGateway } from './support/sign-in-gateway.ts'

let liar: LyingProvider
let gateway: SignInGateway

async function gatewayOf(liar: LyingProvider, clientSecret = 'of-the-gateway'): Promise<SignInGateway> {
  const scopes = ['openid', 'profile', 'email', 'groups']
  const client = { clientId: 'sluice', clientSecret, scopes, groupsClaim: 'groups' }
  const gateway = await startSignInGateway({ provider: { issuer: liar.issuer, ...client } })
  liar.target = gateway.provider.issuer
  return gateway
}

t.before(async () => {
  liar = await startLyingProvider()
  gateway = await gatewayOf(liar)
})
t.teardown(async () => {
  await gateway.close()
  await liar.close()
})

const now = (): number => Math.floor(Date.now() / 1000)
const claims = (change: Record<string, unknown>): Lie => ({ claims: (honest) => ({ ...honest, ...change }) })
const NOT_HOLDING = /answer of the identity provider does not hold.*tell whoever runs the gateway/
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const LIES: readonly [name: string, lie: () => Lie, message?: RegExp][] = [
  ['is not signed (alg: none)', () => ({ header: { alg: 'none' }, sign: () => '' })],
  [
    'is not signed, and says that it need not be',
    () => ({
      header: { alg: 'none' },
      sign: () => '',
      metadata: { id_token_signing_alg_values_supported: ['none'] },
    }),
  ],
  ['is signed by HMAC with the public key', () => ({ header: { alg: 'HS256' }, sign: signedWithPublicKey })],
  [
    'is signed by HMAC with the public key, and says that this is usual',
    () => ({
      header: { alg: 'HS256' },
      sign: signedWithPublicKey,
      metadata: { id_token_signing_alg_values_supported: ['HS256', 'ES256'] },
    }),
  ],
  ['is signed by a stranger', () => ({ sign: (input) => signed(input, other) })],
  [
    'brings its own key',
    () => ({
      header: { jwk: other.publicKey.export({ format: 'jwk' }) },
      sign: (input) => signed(input, other),
    }),
  ],
  ['is not signed at all', () => ({ sign: () => '' })],
  ['names a key that is not there', () => ({ header: { kid: 'another' } })],
  [
    'was tampered with',
    () => ({
      sign: (input, keys) =>
        signed(
          input.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
          keys,
        ),
    }),
  ],
  ['is critical of something unknown', () => ({ header: { crit: ['exp2'], exp2: 1 } })],
  ['is of another issuer', () => claims({ iss: 'https://evil.example' }), /\(iss of its ID token\)/],
  ['is for another client', () => claims({ aud: 'another' }), /\(aud of its ID token\)/],
  ['is for others too', () => claims({ aud: ['sluice', 'another'] }), /\(aud of its ID token\)/],
  ['was issued to another party', () => claims({ azp: 'another' }), /\(azp of its ID token\)/],
  [
    'was issued to another party, for several',
    () => claims({ aud: ['sluice', 'another'], azp: 'another' }),
    /\(azp of its ID token\)/,
  ],
  ['is of another sign-in', () => claims({ nonce: 'another' }), /\(nonce of its ID token\)/],
  ['is of no sign-in', () => claims({ nonce: undefined })],
  ['names nobody', () => claims({ sub: undefined })],
  ['names an empty subject', () => claims({ sub: '' }), /named nobody/],
  ['names a number', () => claims({ sub: 4711 })],
  ['has no end', () => claims({ exp: undefined })],
  [
    'has expired',
    () => claims({ iat: now() - 7200, exp: now() - 3600 }),
    /clock of the gateway.*it is .* UTC at the gateway.*good until .* UTC.*Have the clocks of both set/,
  ],
  [
    'was issued in the future',
    () => claims({ iat: now() + 3600, exp: now() + 7200 }),
    /not good now.*issued .* UTC/,
  ],
  ['is good later', () => claims({ nbf: now() + 3600 }), /not good now/],
  [
    'is of another than who userinfo says',
    () => ({
      claims: (honest) => ({ ...honest, groups: undefined }),
      userinfo: { sub: 'grace', groups: ['security'] },
    }),
  ],
]

for (const [name, lie, message = NOT_HOLDING] of LIES) {
  t.test(`an ID token that ${name}`, async (t) => {
    newHome(t)
    const told = lie()
    // What a provider says of itself is remembered for a while: a lie about it needs a gateway that has not asked yet.
    if (told.metadata) {
      await gateway.close()
      gateway = await gatewayOf(liar)
    }
    liar.lie = told
    await t.rejects(signInAs(gateway), { code: 'ERR_SIGN_IN_REFUSED', message, nextSteps: ['sluice login'] })
    t.same(gateway.events, [], 'nobody was signed in')
    t.same(gateway.faults, [], 'and it is no fault of ours')
    if (told.metadata) {
      liar.lie = {}
      await gateway.close()
      gateway = await gatewayOf(liar)
    }
  })
}

for (const browser of [true, false]) {
  t.test(`a gateway with a wrong client secret; ${browser ? 'browser' : 'device'} login`, async (t) => {
    newHome(t)
    liar.lie = {}
    const mistaken = await gatewayOf(liar, 'not-the-one')
    let last = ''
    const how = { browser, onPage: ({ html }: { html: string }) => void (last = html) }
    await t.rejects(signInAs(mistaken, how), {
      code: 'ERR_SIGN_IN_REFUSED',
      message:
        /does not know the gateway by its identity\.client_id and client_secret; tell whoever runs the/,
    })
    t.match(last, 'the terminal says why', 'nobody is told to have denied it')
    t.match(mistaken.notSignedIn, [/does not know the gateway/], 'and its operator is told')
    t.notMatch(JSON.stringify(mistaken.notSignedIn), 'not-the-one')
    t.same(mistaken.events, [])
    await mistaken.close()
    liar.target = gateway.provider.issuer
  })
}

t.test('the same provider, when it tells the truth', async (t) => {
  newHome(t)
  liar.lie = {}
  t.match(await signInAs(gateway), { subject: { name: 'ada@example.dev' } })
  liar.lie = claims({ azp: 'sluice', iat: now() + 60 })
  t.match(await signInAs(gateway), { subject: { name: 'ada@example.dev' } }, 'a clock may be a minute off')
})
