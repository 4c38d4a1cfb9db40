// The federation port: how the company's identity provider tells who someone is.

/** A person, as the provider's tokens describe them. Others' text throughout. */
export interface Person {
  /** The provider's issuer. */
  readonly provider: string
  /** The provider's identifier of the person: stable, never reassigned. */
  readonly providerSubject: string
  readonly name: string
  readonly groups: readonly string[]
}

/** What must be kept, in secret, between sending someone away and their return. */
export interface Departure {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface Federation {
  /** Where to send the browser. Rejects with ERR_UPSTREAM_UNREACHABLE when the provider can't be asked. */
  depart(): Promise<{ readonly url: string; readonly departure: Departure }>
  /**
   * Who came back, by the query of the callback. Rejects with ERR_SIGN_IN_REFUSED when the provider refused, or its
   * answer doesn't hold.
   */
  arrive(callback: URL, departure: Departure): Promise<Person>
}
