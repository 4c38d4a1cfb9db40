// Records in memory: what the port promises, without a store.
import type { Json } from '../../../src/base/canonical-json.ts'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import type { Records } from '../../../src/identity/records.ts'

interface Kept {
  readonly text: string
  readonly expiresAt: number
  readonly group: string | undefined
}

/** `dump` is everything that is stored, as a thief of the store would see it. */
export function memoryRecords(clock: Clock = systemClock): Records & { dump(): string } {
  const kept = new Map<string, Kept>()
  return {
    async put(kind, key, value, { expiresAt = Infinity, group } = {}) {
      kept.set(`${kind} ${key}`, { text: JSON.stringify(value), expiresAt, group })
    },
    async get(kind, key) {
      const found = kept.get(`${kind} ${key}`)
      return found && found.expiresAt > clock.now() ? (JSON.parse(found.text) as Json) : undefined
    },
    async remove(kind, key) {
      kept.delete(`${kind} ${key}`)
    },
    async removeGroup(group) {
      for (const [key, one] of kept) if (one.group === group) kept.delete(key)
    },
    dump: () => [...kept].map(([key, { text }]) => `${key} ${text}`).join('\n'),
  }
}
