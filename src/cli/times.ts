// Times as people read them, in the time zone of this machine.

/** `14:02:11` */
export function timeOfDay(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')
}

/** `18:02`, with the day before it where that is not today's. What is no time is `?`. */
export function until(at: number | string, now: number = Date.now()): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return '?'
  const time = `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`
  if (date.toDateString() === new Date(now).toDateString()) return time
  const tomorrow = new Date(now)
  tomorrow.setDate(tomorrow.getDate() + 1)
  if (date.toDateString() === tomorrow.toDateString()) return `tomorrow ${time}`
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${time}`
}

/** `0.3 s`, `12 s`, `2 min 5 s` */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function twoDigits(n: number): string {
  return String(n).padStart(2, '0')
}
