// A lock between processes: a file that exists while one of them holds it.
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SluiceError } from '../base/errors.ts'
import { unwritable } from './replace-file.ts'

/** A lock that was silent for so long is nobody's any more. */
const SILENT_AT_MOST_MS = 60_000
const PULSE_MS = 10_000

/** Runs `work` while no other process holds the lock at `path`. Rejects with ERR_STORE when it isn't free in time. */
export async function withLock<T>(path: string, work: () => Promise<T>, waitMs = 30_000): Promise<T> {
  const mark = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() })
  const deadline = Date.now() + waitMs
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unwritable(dirname(path), error)
  })
  while (!(await create(path, mark))) {
    if (await isStale(path)) await breakLock(path)
    else if (Date.now() > deadline) {
      throw new SluiceError('ERR_STORE', `Another sluice has held ${path} for too long.`, {
        nextSteps: ['End it, or remove that file.'],
      })
    } else await sleep(20 + Math.random() * 30)
  }
  // Work may wait long for a person or a network: as long as its process lives, it says so.
  const pulse = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), PULSE_MS)
  try {
    return await work()
  } finally {
    clearInterval(pulse)
    if ((await read(path)) === mark) await rm(path, { force: true })
  }
}

// Only one process at a time may break a lock, and it looks again first: else two could each remove "the stale one",
// the second of them a fresh one.
async function breakLock(path: string): Promise<void> {
  const breaker = `${path}.break`
  if (!(await create(breaker, ''))) {
    if ((await ageOf(breaker)) > SILENT_AT_MOST_MS) await rm(breaker, { force: true })
    else await sleep(20)
    return
  }
  try {
    if (await isStale(path)) await rm(path, { force: true })
  } finally {
    await rm(breaker, { force: true })
  }
}

async function isStale(path: string): Promise<boolean> {
  const age = await ageOf(path)
  if (age > SILENT_AT_MOST_MS) return true
  const text = await read(path)
  // A file that is still empty belongs to a process between creating and writing it, or to one that died there.
  if (text === undefined) return false
  if (text === '') return age > 2_000
  try {
    const { pid, host } = JSON.parse(text) as { pid: number; host: string }
    return host === hostname() && !isAlive(pid)
  } catch {
    return true
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function create(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(text)
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw unwritable(path, error)
  }
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

async function ageOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  return found ? Date.now() - found.mtimeMs : 0
}
