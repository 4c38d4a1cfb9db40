// What the ledger holds of people: their sign-ins, and that they were erased.
import { statedSize } from '../audit/checkpoint.ts'
import type { EntryLog } from '../audit/log.ts'
import type { Clock } from '../base/clock.ts'
import type { ErasureLedger } from '../identity/erase-subject.ts'
import type { SignInListener } from '../identity/sign-ins.ts'
import type { Entry } from '../terms/entry.ts'

const AT_ONCE = 1_000

export function signInEntry(
  now: number,
  ...[kind, { id, subject }, reason]: Parameters<SignInListener>
): Entry {
  const about = { v: 1, time: new Date(now).toISOString(), signIn: id, subject } as const
  return kind === 'sign-in-revoked'
    ? { ...about, kind, reason: reason ?? 'token-reused' }
    : { ...about, kind }
}

export function erasureIn(log: EntryLog, clock: Clock): ErasureLedger {
  return {
    async signInsOf(subject, since) {
      const signIns: string[] = []
      const below = statedSize(await log.checkpoint())
      for (let from = await log.firstSince(since); from < below;) {
        const page = await log.read({ from, below, subject, limit: AT_ONCE })
        for (const { text } of page) {
          const entry = JSON.parse(text) as Entry
          if (entry.kind === 'signed-in') signIns.push(entry.signIn)
        }
        if (page.length < AT_ONCE) break
        from = (page.at(-1)?.index ?? below) + 1
      }
      return signIns
    },
    async record(subject, by) {
      const time = new Date(clock.now()).toISOString()
      const [index] = await log.append([{ v: 1, kind: 'subject-erased', time, subject, by }])
      return index as number
    },
  }
}
