// How a long-running command is told to end.

/** `SIGPIPE`: nobody reads stdout any more. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE'

export interface EndSignals {
  /** Resolves with the first signal. */
  readonly first: Promise<EndSignal>
  /** Resolves with the second one: end at once. A third ends the process here and now. */
  readonly second: Promise<EndSignal>
}

// One ^C can arrive twice: from the terminal, and passed on by a parent that got it too.
const SAME_PRESS_MS = 300

export function watchEndSignals(): EndSignals {
  const first = Promise.withResolvers<EndSignal>()
  const second = Promise.withResolvers<EndSignal>()
  let presses = 0
  let last = -Infinity
  const on = (signal: EndSignal) => {
    if (performance.now() - last < SAME_PRESS_MS) return
    last = performance.now()
    presses++
    if (presses === 1) first.resolve(signal)
    else if (presses === 2) second.resolve(signal)
    else process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, on)
  process.stdout.on('error', () => first.resolve('SIGPIPE'))
  return { first: first.promise, second: second.promise }
}

/** Such as `by you`. */
export function reasonOf(signal: EndSignal): string {
  if (signal === 'SIGINT') return 'by you'
  if (signal === 'SIGPIPE') return 'nobody reads what it prints'
  return signal === 'SIGHUP' ? 'the terminal went away' : `by ${signal}`
}
