// Which process holds a lock on a file, where the system tells: Linux, in /proc/locks (proc_locks(5)).
import { readFileSync, statSync } from 'node:fs'

/** Its process id; undefined where that can't be told, as for a process of another container. */
export function lockHolder(path: string): number | undefined {
  try {
    const { ino } = statSync(path)
    // `1: POSIX  ADVISORY  WRITE 4242 fd:01:26374 1073741826 1073742335`
    const line = readFileSync('/proc/locks', 'latin1')
      .split('\n')
      .find((lock) => lock.split(/\s+/)[5]?.endsWith(`:${ino}`) && lock.includes(' WRITE '))
    const pid = Number(line?.split(/\s+/)[4])
    return pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}
