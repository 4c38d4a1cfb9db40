// The port to a gateway's authorization server, as its CLI sees it (RFC 6749, 7636, 8252, 8628, 7009).

export interface IssuedTokens {
  readonly accessToken: string
  /** Epoch milliseconds. */
  readonly accessTokenExpiresAt: number
  readonly refreshToken: string
}

/** Every verb rejects with ERR_GATEWAY_UNREACHABLE when the gateway can't be asked. */
export interface AuthorizationServer {
  /** Starts an authorization code grant with PKCE that answers at `redirectUri`. */
  authorize(redirectUri: string, machine: string): Promise<Authorization>
  /** Starts a device authorization grant. */
  authorizeDevice(machine: string): Promise<DeviceAuthorization>
  /** Trades a refresh token for its successor. Rejects with ERR_SIGN_IN_EXPIRED when it is no longer good. */
  refresh(refreshToken: string): Promise<IssuedTokens>
  /** Ends the sign-in that the token descends from. */
  revoke(refreshToken: string): Promise<void>
}

export interface Authorization {
  /** To open in a browser. */
  readonly url: string
  /** The `state` that the answer must carry. */
  readonly state: string
  /** Trades the answer for tokens. Rejects with ERR_SIGN_IN_REFUSED when it is a refusal. */
  finish(answer: URL): Promise<IssuedTokens>
}

export interface DeviceAuthorization {
  readonly userCode: string
  /** Where to type the code, on any device. */
  readonly verificationUri: string
  /** The same, with the code filled in. */
  readonly verificationUriComplete: string
  /** Resolves once the person has allowed it. Rejects with ERR_SIGN_IN_REFUSED or ERR_SIGN_IN_EXPIRED. */
  finish(signal: AbortSignal): Promise<IssuedTokens>
}
