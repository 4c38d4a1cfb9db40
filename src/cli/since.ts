// Times as --since takes them: a while ago, or a moment.
import { SluiceError } from '../base/errors.ts'

const UNITS: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `30m`, `1h`, `2d`, or a date or time as in RFC 3339 → epoch milliseconds. Throws ERR_USAGE for anything else. */
export function parseSince(text: string, now: number): number {
  const [, count, unit = ''] = /^(\d{1,6})\s*([smhd])$/.exec(text.trim()) ?? []
  if (count !== undefined) return now - Number(count) * (UNITS[unit] ?? 0)
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN
  if (!Number.isNaN(time)) return time
  throw new SluiceError('ERR_USAGE', `--since ${text} is not a time.`, {
    nextSteps: ['Give a while, such as 90s, 30m, 1h or 2d, or a time, such as 2026-11-23T14:00:00Z.'],
  })
}
