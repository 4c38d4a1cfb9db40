// Whether a connection over loopback comes from a program of this user, as Linux tells through /proc (proc_net(5)).
import type { Socket } from 'node:net'
import { type TcpSocket, tcpSockets } from './tcp-sockets.ts'

/** False as well where it can't be told, and for a socket whose program has closed it: the system calls that root's. */
export function isOfOwnUser(
  { remoteAddress, remotePort, localPort }: Pick<Socket, 'remoteAddress' | 'remotePort' | 'localPort'>,
  sockets: () => readonly TcpSocket[] = tcpSockets,
): boolean {
  const uid = process.geteuid?.()
  if (uid === undefined) return false
  const ends = sockets().filter(
    (end) =>
      end.established &&
      end.localAddress === remoteAddress &&
      end.localPort === remotePort &&
      end.remotePort === localPort,
  )
  // The kernel's list comes in pieces: where many connections come and go meanwhile, it names one several times.
  return ends.length > 0 && ends.every((end) => end.uid === uid)
}
