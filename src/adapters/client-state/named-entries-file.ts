// The entries that replies of this machine named, one JSON line each, in a private file of the client's state.
import { appendFile, mkdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { NamedEntries } from '../../audit/named-entries.ts'

/** Some ten thousand lines; as many again are kept of before. */
const LARGEST = 2 ** 21

export interface NamedEntriesFile {
  /** Never rejects: what can't be kept is only not held against the ledger later. */
  add(reply: NamedEntries): Promise<void>
  /** Oldest first; lines that are none are left out. */
  load(): Promise<readonly NamedEntries[]>
  /** Those that have come since `load`, or since this was asked last. */
  more(): Promise<readonly NamedEntries[]>
}

export function namedEntriesFile(folder: string, gateway: string): NamedEntriesFile {
  const path = join(folder, `replies-${gateway.replace(/[^a-z0-9.]+/gi, '-')}.jsonl`)
  const older = `${path}.old`
  let adding = Promise.resolve()
  let known = new Set<string>()
  let stamp = ''
  async function stampNow(): Promise<string> {
    const { mtimeMs, size } = await stat(path).catch(() => ({ mtimeMs: 0, size: 0 }))
    return `${mtimeMs} ${size}`
  }
  async function read(): Promise<string[]> {
    const texts = await Promise.all([older, path].map((name) => readFile(name, 'utf8').catch(() => '')))
    return texts.join('').split('\n')
  }
  return {
    add(reply) {
      adding = adding.then(() => append(path, older, `${JSON.stringify(reply)}\n`)).catch(() => undefined)
      return adding
    },
    async load() {
      stamp = await stampNow()
      const lines = await read()
      known = new Set(lines)
      return lines.flatMap(parsed)
    },
    async more() {
      const before = stamp
      stamp = await stampNow()
      if (stamp === before) return []
      const lines = await read()
      // A line that is still being written is none yet, and another one when it is whole.
      const more = lines.filter((line) => !known.has(line))
      known = new Set(lines)
      return more.flatMap(parsed)
    },
  }
}

async function append(path: string, older: string, line: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
  const { size } = await stat(path).catch(() => ({ size: 0 }))
  if (size > LARGEST) await rename(path, older)
  await appendFile(path, line, { mode: 0o600 })
}

function parsed(line: string): NamedEntries[] {
  try {
    const value = JSON.parse(line) as Record<string, unknown>
    const isIndex = (index: unknown) =>
      index === undefined || (Number.isSafeInteger(index) && Number(index) >= 0)
    const isOne =
      !Number.isNaN(new Date(value['at'] as number).getTime()) &&
      typeof value['at'] === 'number' &&
      typeof value['subject'] === 'string' &&
      typeof value['operation'] === 'string' &&
      (value['exchange'] === undefined || typeof value['exchange'] === 'string') &&
      isIndex(value['entry']) &&
      isIndex(value['outcome'])
    return isOne ? [value as unknown as NamedEntries] : []
  } catch {
    return []
  }
}
