// Which programs of this machine a tunnel serves: those that have its key, or without one those of its own user.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { SluiceError } from '../base/errors.ts'
import { bringsKey } from './key.ts'

export interface Admission {
  readonly key: string
  /** Who is served without the key, by the connection; where it is absent, nobody. */
  readonly keyless?: ((connection: Socket) => boolean) | undefined
}

/**
 * What says why a request is not admitted: ERR_TUNNEL_KEY, or undefined where it may pass. `inTarget` is the key that
 * its target began with.
 */
export function admissionTo(model: string, { key, keyless }: Admission) {
  const known = new WeakSet<Socket>()
  const isKnown = (connection: Socket): boolean => {
    if (known.has(connection)) return true
    if (!keyless?.(connection)) return false
    known.add(connection)
    return true
  }
  return ({ headers, socket }: IncomingMessage, inTarget?: string): SluiceError | undefined => {
    if (bringsKey(headers, key, inTarget) || isKnown(socket)) return undefined
    if (keyless)
      return new SluiceError(
        'ERR_TUNNEL_KEY',
        'This tunnel serves the programs of its own user, and this is none as far as the system tells.',
        { nextSteps: [`Or give it the key that sluice env ${model} prints.`] },
      )
    return new SluiceError(
      'ERR_TUNNEL_KEY',
      "This tunnel opens by a key of its own, and the request's is another, or none.",
      {
        nextSteps: [
          `Give the tool the variables that sluice env ${model} prints.`,
          `Or open the tunnel by sluice connect ${model} --keyless.`,
        ],
      },
    )
  }
}
