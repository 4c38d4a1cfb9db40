// How many bytes of request bodies all exchanges may hold together; beyond it the newcomer is turned away.
import { SluiceError } from '../base/errors.ts'
import type { Lifetime } from './documents.ts'

/** What one exchange holds. Each claim is released once its body is no longer held, and at the latest with its exchange. */
export interface Claim {
  /** Throws ERR_GATEWAY_BUSY where there is no room for so many more. */
  add(bytes: number): void
  /** Throws the same where so many more would find no room. */
  expect(bytes: number): void
  release(): void
}

export class BodyBudget {
  /** Bytes that are held now. */
  held = 0
  private readonly most: number

  constructor(most: number) {
    this.most = most
  }

  claim(exchange: Pick<Lifetime, 'whenOver'>): Claim {
    let claimed = 0
    const expect = (bytes: number): void => {
      if (this.held + bytes > this.most) throw full(this.most)
    }
    const claim: Claim = {
      expect,
      add: (bytes) => {
        expect(bytes)
        claimed += bytes
        this.held += bytes
      },
      release: () => {
        this.held -= claimed
        claimed = 0
      },
    }
    exchange.whenOver(claim.release)
    return claim
  }
}

function full(most: number): SluiceError {
  return new SluiceError(
    'ERR_GATEWAY_BUSY',
    `The gateway has no room for this request's body: those in flight take up the ${most} bytes that it may hold.`,
    { nextSteps: ['Try again in a moment; operators set the bound by limits.bodies.'] },
  )
}
