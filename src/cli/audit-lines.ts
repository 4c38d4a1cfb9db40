// Entries as a person reads them, one line each. All in them is others' text: of any type, and shown visibly.
import type { Entry } from '../terms/entry.ts'
import { colour } from './colour.ts'
import { textOf, wordsOf } from './entry-words.ts'
import type { Fields } from './entry-words.ts'
import { timeOfDay } from './times.ts'
import { visible } from './visible.ts'

/**
 * `14:02:11  #41    allow        qwen-coder  chat  ada@example.dev  masked email`; days other than today's are named.
 * Never throws: that an entry is in the ledger says nothing of its fields.
 */
export function entryLine(index: number, entry: Entry, name: string | undefined, now: number): string {
  const [word, paint, ...facts] = wordsOf(entry, textOf(name ?? (entry as Fields<Entry>)['subject']), now)
  const shown = facts.filter((fact) => fact !== '').join('  ')
  const number = `#${index}`.padEnd(5)
  return `${colour.dim(dayAndTime(entry.time, now))}  ${number}  ${paint(word.padEnd(11))}  ${shown}`.trimEnd()
}

/** What a reply of this machine said of itself. */
interface Named {
  readonly at: number
  readonly operation: string
  readonly exchange?: string
}

/** `Missing    14:02:11  chat  ex_…  its reply named entry 41, which is not on record as its own` */
export function unaccountedLine({ at, operation, exchange }: Named, index: number, now: number): string {
  const time = dayAndTime(new Date(at).toISOString(), now)
  const what = `${visible(operation)}  ${visible(exchange ?? '')}`
  return `${colour.bold.red('Missing')}   ${time}  ${what}  its reply named entry ${index}, which is not on record as its own`
}

/** `Missing    14:02:11  chat  its reply named no entry` */
export function withoutEntryLine({ at, operation }: Named, now: number): string {
  const time = dayAndTime(new Date(at).toISOString(), now)
  return `${colour.bold.yellow('Missing')}   ${time}  ${visible(operation)}  its reply named no entry`
}

function dayAndTime(time: unknown, now: number): string {
  const at = new Date(typeof time === 'string' ? time : NaN)
  if (Number.isNaN(at.getTime())) return textOf(time) || '?'
  const clock = timeOfDay(at.getTime())
  if (at.toDateString() === new Date(now).toDateString()) return clock
  return `${at.getFullYear()}-${twoDigits(at.getMonth() + 1)}-${twoDigits(at.getDate())} ${clock}`
}

function twoDigits(n: number): string {
  return String(n).padStart(2, '0')
}
