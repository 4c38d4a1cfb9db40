// Tokens that the gateway did not issue, or not for this: none opens anything, and each is answered alike.
import { createHmac, randomBytes } from 'node:crypto'
import t from 'tap'
import { listenOnLoopback } from '../../src/login/loopback.ts'
import { walkSignIn } from '../../src/demo/browserless.ts'
import { setUpSignIn, signedIn } from './support/signed-in.ts'

t.test('a token that is not one of the gateway’s own', async (t) => {
  const { gateway, server } = await setUpSignIn(t, { burst: 1_000 })
  const tokens = await signedIn(gateway, server)
  const { accessToken, refreshToken } = tokens
  const { sessions, authenticator } = gateway.identity
  const caller = await authenticator.authenticate(accessToken)
  const session = await sessions.open(caller, 'qwen-coder')
  const claims = {
    iss: `${gateway.url}/oauth`,
    sub: caller.subject.id,
    aud: 'sluice-cli',
    scope: 'cli',
    exp: 4e9,
  }
  const forged: Record<string, string> = {
    'none at all': '',
    'tampered at its end': tampered(accessToken, accessToken.length - 1),
    'tampered at its beginning': tampered(accessToken, 0),
    cut: accessToken.slice(0, -1),
    'longer by one': `${accessToken}A`,
    'in another case': swapped(accessToken),
    random: randomBytes(32).toString('base64url'),
    'the refresh token': refreshToken,
    'the sign-in’s id': caller.signIn,
    'the session’s id': session.id,
    'a session’s token, tampered': tampered(session.token, 10),
    'a session’s token without its mark': session.token.replace(/^sst_/, ''),
    'an access token with the mark of a session': `sst_${accessToken}`,
    'a JWT with alg none': jwt({ alg: 'none' }, claims),
    'a JWT with alg none, in another case': jwt({ alg: 'nOnE' }, claims),
    'a JWT signed by HMAC with an empty key': jwt({ alg: 'HS256' }, claims, ''),
    'a JWT signed by HMAC with the client’s id': jwt({ alg: 'HS256' }, claims, 'sluice-cli'),
    'a JWT that brings its key': jwt({ alg: 'HS256', jwk: { kty: 'oct', k: 'eA' } }, claims, 'x'),
    'a JWT that names a key by path': jwt({ alg: 'HS256', kid: '../../dev/null' }, claims, ''),
    'very long': 'a'.repeat(9_000),
    'a record’s key': '__proto__'.repeat(4),
  }
  for (const [what, token] of Object.entries(forged)) {
    const reply = await fetch(`${gateway.url}/api/v1/whoami`, {
      headers: { authorization: `Bearer ${token}` },
    })
    t.equal(reply.status, 401, what)
    const text = await reply.text()
    t.match(JSON.parse(text), {
      error: {
        code: 'ERR_TOKEN_INVALID',
        message: 'The token is unknown, expired or revoked.',
        nextSteps: ['sluice login'],
      },
    })
    if (token !== '') t.notOk(text.includes(token), 'it is not repeated')
  }
  for (const authorization of [
    `Basic ${accessToken}`,
    accessToken,
    `Bearer ${accessToken} x`,
    `DPoP ${accessToken}`,
  ])
    t.equal((await fetch(`${gateway.url}/api/v1/whoami`, { headers: { authorization } })).status, 401)
  t.equal(
    (await fetch(`${gateway.url}/api/v1/whoami?access_token=${accessToken}`)).status,
    401,
    'not in the URL',
  )
  t.match(await authenticator.authenticate(accessToken), { signIn: caller.signIn }, 'the real one goes on')
  t.same(gateway.faults, [])
})

t.test('the token endpoint takes no other proof than its own', async (t) => {
  const { gateway, server } = await setUpSignIn(t, { burst: 1_000 })
  const { accessToken, refreshToken } = await signedIn(gateway, server)
  const claims = { iss: 'sluice-cli', sub: 'sluice-cli', aud: `${gateway.url}/oauth`, exp: 4e9, jti: 'x' }
  const assertion = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }
  const refresh = { grant_type: 'refresh_token', client_id: 'sluice-cli' }
  const asks: Record<string, Record<string, string>> = {
    'an access token as a refresh token': { ...refresh, refresh_token: accessToken },
    'a tampered refresh token': { ...refresh, refresh_token: tampered(refreshToken, 5) },
    'a JWT as a refresh token': { ...refresh, refresh_token: jwt({ alg: 'none' }, claims) },
    'another client': { ...refresh, client_id: 'another', refresh_token: refreshToken },
    'a client that asserts itself': {
      ...refresh,
      ...assertion,
      client_assertion: jwt({ alg: 'none' }, claims),
      refresh_token: refreshToken,
    },
    'a secret that the client does not have': { ...refresh, client_secret: 'x', refresh_token: refreshToken },
    'more than was granted': { ...refresh, scope: 'cli admin', refresh_token: refreshToken },
    'a grant of another kind': { grant_type: 'client_credentials', client_id: 'sluice-cli', scope: 'cli' },
    'a password': { grant_type: 'password', client_id: 'sluice-cli', username: 'ada', password: 'x' },
    'a JWT as a grant': {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      client_id: 'sluice-cli',
      assertion: jwt({ alg: 'none' }, claims),
    },
    'a token for another': {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: 'sluice-cli',
      subject_token: accessToken,
    },
  }
  for (const [what, fields] of Object.entries(asks)) {
    const reply = await fetch(`${gateway.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(fields),
    })
    t.ok(reply.status === 400 || reply.status === 401, `${what}: ${reply.status}`)
    const said = (await reply.json()) as object
    t.match(said, { error: /^(invalid_|unsupported_|unauthorized_)/ }, what)
    t.notOk(Object.hasOwn(said, 'access_token'))
  }
  t.ok((await server.refresh(refreshToken)).accessToken, 'the real one is as good as before')
  t.same(gateway.faults, [])
})

t.test('an authorization code is good once, with its verifier, for its redirect', async (t) => {
  const { gateway, server } = await setUpSignIn(t, { burst: 1_000 })
  const loopback = await listenOnLoopback()
  t.teardown(() => loopback.close())
  const authorization = await server.authorize(loopback.redirectUri, 'laptop')
  const answer = loopback.answer(authorization.state, AbortSignal.timeout(10_000))
  void walkSignIn(authorization.url, { person: 'ada', password: gateway.provider.password })
  const { url, sendTo } = await answer
  await sendTo(`${gateway.url}/signin/done`)
  const code = url.searchParams.get('code') ?? ''
  const exchange = {
    grant_type: 'authorization_code',
    client_id: 'sluice-cli',
    redirect_uri: loopback.redirectUri,
    code,
  }
  for (const change of [
    { code_verifier: 'a'.repeat(43) },
    {},
    { code_verifier: 'a'.repeat(43), redirect_uri: 'http://127.0.0.1:1/callback' },
  ]) {
    const body = new URLSearchParams({ ...exchange, ...change })
    const reply = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })
    t.match([reply.status, await reply.json()], [400, { error: 'invalid_grant' }])
  }
  const { accessToken } = await authorization.finish(url)
  await gateway.identity.authenticator.authenticate(accessToken)
  await t.rejects(authorization.finish(url), { code: 'ERR_SIGN_IN_EXPIRED' })
  await t.rejects(
    gateway.identity.authenticator.authenticate(accessToken),
    { code: 'ERR_TOKEN_INVALID' },
    'a code that comes twice ends what came of it (RFC 6749 §4.1.2)',
  )
})

function tampered(token: string, at: number): string {
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
}

function swapped(token: string): string {
  return token.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()))
}

function jwt(header: object, claims: object, key?: string): string {
  const input = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${input}.${key === undefined ? '' : createHmac('sha256', key).update(input).digest('base64url')}`
}
