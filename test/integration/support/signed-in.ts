// A person who has signed in at a gateway, down to their tokens.
import type { Test } from 'tap'
import { cliAuthorizationServer } from '../../../src/adapters/openid-client/cli-authorization-server.ts'
import { walkSignIn } from '../../../src/demo/browserless.ts'
import type { AuthorizationServer, IssuedTokens } from '../../../src/login/authorization-server.ts'
import { listenOnLoopback } from '../../../src/login/loopback.ts'
import { type SignInGateway, startSignInGateway } from './sign-in-gateway.ts'

/** A gateway that signs people in, and its authorization server as the CLI sees it; gone when the test is over. */
export async function setUpSignIn(
  t: Test,
  options: Parameters<typeof startSignInGateway>[0] = {},
): Promise<{ gateway: SignInGateway; server: AuthorizationServer }> {
  const gateway = await startSignInGateway(options)
  t.teardown(() => gateway.close())
  const issuer = `${gateway.url}/oauth`
  return { gateway, server: await cliAuthorizationServer({ gateway: gateway.url, issuer, fetch }) }
}

/** Tokens of a new sign-in. */
export async function signedIn(gateway: SignInGateway, server: AuthorizationServer): Promise<IssuedTokens> {
  const loopback = await listenOnLoopback()
  try {
    const authorization = await server.authorize(loopback.redirectUri, 'laptop')
    const answer = loopback.answer(authorization.state, AbortSignal.timeout(5_000))
    const walked = walkSignIn(authorization.url, { person: 'ada', password: gateway.provider.password })
    const { url, sendTo } = await Promise.race([
      answer,
      walked.then(() => Promise.reject(new Error('no answer'))),
    ])
    await sendTo(`${gateway.url}/signin/done`)
    await walked
    return await authorization.finish(url)
  } finally {
    loopback.close()
  }
}
