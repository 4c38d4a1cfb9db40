// Taking the gateway's port, and why it can't be taken.
import type { Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { SluiceError } from '../base/errors.ts'

export interface Address {
  readonly host: string
  readonly port: number
  /** Who listens at the port already, as words for a message; undefined where that can't be told. */
  readonly holderOf?: ((port: number, host: string) => string | undefined) | undefined
  /** Where the address is set, such as `sluice.yaml:3`. */
  readonly setAt?: string | undefined
}

/** Resolves once the server listens. Rejects with ERR_PORT_IN_USE, or ERR_CONFIG where the address is no good here. */
export function listenAt(server: Server, address: Address): Promise<void> {
  const { host, port } = address
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => reject(refusalOf(cause, address))
    server.once('error', onError)
    server.listen(port, host, () => {
      server.off('error', onError)
      resolve()
    })
  })
}

function refusalOf(cause: NodeJS.ErrnoException, { host, port, holderOf, setAt }: Address): SluiceError {
  const listen = setAt === undefined ? '"listen"' : `"listen" (${setAt})`
  const config = (message: string, ...nextSteps: string[]) =>
    new SluiceError('ERR_CONFIG', message, { nextSteps, cause })
  switch (cause.code) {
    case 'EADDRINUSE': {
      const holder = holderOf?.(port, host)
      const message = `Port ${port} on ${host} is in use by ${holder ?? 'another program'}.`
      const nextSteps = [`Stop ${holder === undefined ? 'it' : 'that'}, or set another port in ${listen}.`]
      return new SluiceError('ERR_PORT_IN_USE', message, { nextSteps, cause })
    }
    case 'EACCES':
      return config(
        `Port ${port} on ${host} is not this user's to take: ports below 1024 want a privilege.`,
        `Set a port from 1024 up in ${listen}, with a proxy before it.`,
        'Or give it the privilege: AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit.',
      )
    case 'EADDRNOTAVAIL':
      return config(
        `${host} is not an address of this machine.`,
        `Set one that is in ${listen}: ${ownAddresses().join(', ')}; or 0.0.0.0 for all.`,
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return config(`The name ${host} leads to no address.`, `Set an address of this machine in ${listen}.`)
    default:
      return config(
        `The gateway can't listen on ${host}:${port} (${cause.code}).`,
        `Set another address in ${listen}.`,
      )
  }
}

function ownAddresses(): string[] {
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)
  // A link-local address is none without its interface.
  return own.map(({ address }) => address).filter((address) => !address.startsWith('fe80:'))
}
