// A moment to come, as people say it.

/** `18:02`, or `Fri 18:02` when that is not today; local time. What is no time is `?`. */
export function until(moment: string | number, now: number = Date.now()): string {
  const date = new Date(moment)
  if (Number.isNaN(date.getTime())) return '?'
  const time = `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
  if (date.toDateString() === new Date(now).toDateString()) return time
  const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
  return `${days[date.getDay()]} ${time}`
}
