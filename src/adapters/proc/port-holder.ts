// Who listens on a port of this machine, where the system tells: Linux, through /proc.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { tcpSockets, type TcpSocket } from './tcp-sockets.ts'

const EVERYWHERE = ['0.0.0.0', '0'.repeat(32)]

/**
 * The listener at `port`, as words for a message: `nginx (pid 4242)`, or `a program of the user www-data` where its
 * process is not ours to look at. Undefined where nobody listens, or the system does not tell.
 */
export function portHolder(port: number, host = '0.0.0.0'): string | undefined {
  const listeners = tcpSockets().filter(({ listening, localPort }) => listening && localPort === port)
  const inTheWay = ({ localAddress }: TcpSocket) => localAddress === host || EVERYWHERE.includes(localAddress)
  const socket = listeners.find(inTheWay) ?? listeners[0]
  if (!socket) return undefined
  const pid = holderOf(`socket:[${socket.inode}]`)
  return pid === undefined
    ? `a program of the user ${userName(socket.uid)}`
    : `${programOf(pid)} (pid ${pid})`
}

function holderOf(link: string): string | undefined {
  const pids = names('/proc').filter((name) => /^\d+$/.test(name))
  return pids.find((pid) => names(`/proc/${pid}/fd`).some((fd) => linkAt(`/proc/${pid}/fd/${fd}`) === link))
}

// Of what a program was started with only the script is told, and only if it is one: other words may be secrets.
function programOf(pid: string): string {
  const program = basename(linkAt(`/proc/${pid}/exe`) ?? text(`/proc/${pid}/comm`).trim())
  const script = text(`/proc/${pid}/cmdline`).split('\0')[1] ?? ''
  const path = resolve(linkAt(`/proc/${pid}/cwd`) ?? '/', script)
  return script !== '' && existsSync(path) ? `${program} ${path}` : program
}

function userName(uid: number): string {
  const line = text('/etc/passwd')
    .split('\n')
    .find((entry) => entry.split(':')[2] === String(uid))
  return line?.split(':')[0] ?? String(uid)
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
