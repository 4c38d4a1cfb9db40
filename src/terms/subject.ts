// Who is calling.

/** `auditor` reads everyone's entries; `eraser` erases who a subject is. */
export type Role = 'auditor' | 'eraser'

/** A person, as the company's identity provider names them, under an opaque id that entries carry. */
export interface Subject {
  /** `sub_…`; the mapping to provider and name can be erased, entries keep the id. */
  readonly id: string
  /** The identity provider's issuer. */
  readonly provider: string
  /** The provider's own identifier (`sub`). */
  readonly providerSubject: string
  /** What is shown to people: an email address or a name. Others' text: show control characters visibly. */
  readonly name: string
  readonly groups: readonly string[]
  readonly roles: readonly Role[]
}

/** A caller whose token was good at the time of asking. */
export interface Caller {
  readonly subject: Subject
  /** The sign-in (`sgn_…`) that the token descends from. */
  readonly signIn: string
  /** The session (`ses_…`): one connect or run; for a direct caller one per access token. */
  readonly session: string
  /** What the token reaches: `inference` on `models` only, or everything that the CLI does. */
  readonly scope: 'inference' | 'cli'
  /** With scope `inference`: the models that the session names. */
  readonly models?: readonly string[]
  /** When the token ends, in epoch milliseconds. */
  readonly expiresAt: number
}
