// Whether a connection over loopback comes from a program of this user, as Linux tells through /proc (proc_net(5)).
import type { Socket } from 'node:net'
import { tcpSockets } from './tcp-sockets.ts'

/** False as well where it can't be told, and for a socket whose program has closed it: the system calls that root's. */
export function isOfOwnUser({ remoteAddress, remotePort, localPort }: Socket): boolean {
  const uid = process.geteuid?.()
  if (uid === undefined) return false
  const ends = tcpSockets().filter(
    (end) =>
      end.established &&
      end.localAddress === remoteAddress &&
      end.localPort === remotePort &&
      end.remotePort === localPort,
  )
  return ends.length === 1 && ends[0]?.uid === uid
}
