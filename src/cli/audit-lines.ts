// Entries as a person reads them, one line each. All names in them are others' text: shown visibly.
import type { Entry } from '../terms/entry.ts'
import type { FindingCounts } from '../terms/finding.ts'
import { colour } from './colour.ts'
import { duration, timeOfDay } from './times.ts'
import { visible } from './visible.ts'

/** `14:02:11  #41    allow        qwen-coder  chat  ada@example.dev  masked email`; days other than today's are named. */
export function entryLine(index: number, entry: Entry, name: string | undefined, now: number): string {
  const [word, paint, ...facts] = wordsOf(entry, visible(name ?? ('subject' in entry ? entry.subject : '')))
  const shown = facts.filter((fact) => fact !== '').join('  ')
  const number = `#${index}`.padEnd(5)
  return `${colour.dim(dayAndTime(entry.time, now))}  ${number}  ${paint(word.padEnd(11))}  ${shown}`.trimEnd()
}

type Paint = (text: string) => string

function wordsOf(entry: Entry, name: string): [word: string, paint: Paint, ...facts: string[]] {
  const plain: Paint = (text) => text
  switch (entry.kind) {
    case 'decision': {
      const { effect, findings, inspected, model, operation, rule, reasons = [] } = entry
      const paint = { allow: colour.green, deny: colour.red, hold: colour.yellow }[effect]
      const why = effect === 'allow' ? '' : visible([rule, ...reasons].join(', '))
      const not = inspected.not?.length ? `not inspected: ${visible(inspected.not.join(', '))}` : ''
      const found = findingWords(effect === 'allow' ? 'masked' : 'found', findings)
      return [effect, paint, visible(model), visible(operation), name, why, found, not]
    }
    case 'outcome': {
      const { durationMs, error = '', findings, model, status, tokens } = entry
      const paint =
        status === 'completed' ? colour.green : status === 'cancelled' ? colour.yellow : colour.red
      const { input = '?', output = '?' } = tokens ?? {}
      const counted = tokens ? `${input}→${output} tokens` : ''
      const masked = findingWords('masked in the reply:', findings)
      return [status, paint, visible(model), name, visible(error), masked, counted, duration(durationMs)]
    }
    case 'session-opened':
      return ['opened', plain, 'session', visible(entry.model), name]
    case 'session-closed':
      return ['closed', plain, 'session', visible(entry.model), name]
    case 'signed-in':
      return ['signed in', plain, name]
    case 'signed-out':
      return ['signed out', plain, name]
    case 'gateway-started':
      return ['started', plain, 'gateway', visible(entry.version)]
    case 'gateway-stopped':
      return ['stopped', plain, 'gateway', visible(entry.version)]
    default:
      // A newer gateway knows more kinds than this CLI.
      return [visible(String((entry as { kind: unknown }).kind)), plain, name]
  }
}

function findingWords(verb: string, findings: FindingCounts): string {
  const names = Object.keys(findings)
  return names.length === 0 ? '' : `${verb} ${visible(names.join(', '))}`
}

function dayAndTime(time: string, now: number): string {
  const at = new Date(time)
  if (Number.isNaN(at.getTime())) return visible(time)
  const clock = timeOfDay(at.getTime())
  if (at.toDateString() === new Date(now).toDateString()) return clock
  return `${at.getFullYear()}-${twoDigits(at.getMonth() + 1)}-${twoDigits(at.getDate())} ${clock}`
}

function twoDigits(n: number): string {
  return String(n).padStart(2, '0')
}
