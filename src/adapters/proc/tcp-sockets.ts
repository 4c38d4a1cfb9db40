// The TCP sockets of this machine, as Linux lists them: /proc/net/tcp and /proc/net/tcp6 (proc_net(5)).
import { readFileSync } from 'node:fs'

export interface TcpSocket {
  /** As addresses are written: `127.0.0.1`, or for IPv6 its 32 hexadecimal digits. IPv4 within IPv6 is told as IPv4. */
  readonly localAddress: string
  readonly localPort: number
  /** 0 where nobody is at the other end. */
  readonly remotePort: number
  readonly listening: boolean
  /** Open both ways, and held by a program. */
  readonly established: boolean
  /** Whose socket it is. */
  readonly uid: number
  /** What `/proc/PID/fd/N` of its process leads to: `socket:[inode]`. */
  readonly inode: number
}

const LISTEN = '0A'
const ESTABLISHED = '01'
const MAPPED = '0000000000000000FFFF0000'

/** All of them; none on a system that has no /proc. */
export function tcpSockets(): TcpSocket[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) =>
    lines(path)
      .slice(1)
      .map((line) => {
        const [, local = '', remote = '', state = '', , , , uid, , inode] = line.trim().split(/\s+/)
        return {
          localAddress: addressOf(local),
          localPort: portOf(local),
          remotePort: portOf(remote),
          listening: state === LISTEN,
          established: state === ESTABLISHED,
          uid: Number(uid),
          inode: Number(inode),
        }
      }),
  )
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').trimEnd().split('\n')
  } catch {
    return []
  }
}

function portOf(end: string): number {
  return Number.parseInt(end.slice(end.indexOf(':') + 1), 16)
}

// The kernel prints 32-bit words in the order of the machine, which is little-endian wherever Node runs but on s390x.
function addressOf(end: string): string {
  const hex = end.slice(0, end.indexOf(':'))
  if (hex.length === 32 && !hex.startsWith(MAPPED)) return hex
  const bytes = (hex.slice(-8).match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16))
  return bytes.reverse().join('.')
}
