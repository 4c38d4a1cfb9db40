// Preloaded into a process whose clock is to be off: CLOCK_AHEAD_MS, or behind where it is negative. Timers go on as ever.
const ahead = Number(process.env['CLOCK_AHEAD_MS'])
const now = Date.now

class ShiftedDate extends Date {
  constructor(...given: [] | [number]) {
    super(given.length === 0 ? now() + ahead : given[0])
  }
  static override now(): number {
    return now() + ahead
  }
}
globalThis.Date = ShiftedDate as DateConstructor
