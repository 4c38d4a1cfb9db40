// A small file that is there whole or not at all, whenever a kill, a full disk or a power cut comes.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes a file that only this user may read, in the place of one that is there; durable once this returns. */
export function writeDurably(path: string, text: string): void {
  const made = `${path}.new`
  rmSync(made, { force: true })
  const file = openSync(made, 'wx', 0o600)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(made, path)
  if (process.platform === 'win32') return
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
}
