// A disk of a few megabytes, really mounted: in a mount namespace of its own, which needs no root on most Linux systems.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'

export interface SmallDisk {
  /** What starts a program that sees the disk, in the folder that it is mounted in. */
  readonly under: readonly string[]
  /** The folder of the disk, as everyone else may reach it. */
  readonly folder: string
  remount(options: 'ro' | 'rw'): void
}

const UNSHARE = ['unshare', '--user', '--map-root-user', '--mount', '--propagation', 'private']

/** Why a test that needs one can't run here; false where it can. */
export const noSmallDisk =
  spawnSync(UNSHARE[0] as string, [...UNSHARE.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status !==
    0 && 'needs mount namespaces of a user (sysctl kernel.unprivileged_userns_clone=1), or root'

/** Mounts one over `folder`, seen only by what is started under it; gone when the test is over. */
export async function smallDisk(t: Test, folder: string, megabytes: number): Promise<SmallDisk> {
  mkdirSync(folder)
  const script = `mount -t tmpfs -o size=${megabytes}m,mode=700 tmpfs "$1" && echo mounted && exec sleep 600`
  const [program = '', ...args] = [...UNSHARE, 'sh', '-c', script, 'sh', folder]
  const holder = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  const enter = ['nsenter', '--preserve-credentials', '--user', '--mount', '--target', String(holder.pid)]
  // Entering leads to the root folder.
  const under = [...enter, 'sh', '-c', 'cd "$0" && exec "$@"', dirname(folder)]
  return {
    under,
    folder: join(`/proc/${holder.pid}/root`, folder),
    remount(options) {
      const [program = '', ...args] = [...under, 'mount', '-o', `remount,${options}`, folder]
      spawnSync(program, args)
    },
  }
}
