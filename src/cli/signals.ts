// How a long-running command is told to end.

export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

export interface EndSignals {
  /** Resolves with the first signal. */
  readonly first: Promise<EndSignal>
  /** Resolves with the second one: end at once. */
  readonly second: Promise<EndSignal>
  /** Leaves the signals to their defaults again. */
  off(): void
}

// One ^C can arrive twice: from the terminal, and passed on by a parent that got it too.
const SAME_PRESS_MS = 300

export function watchEndSignals(): EndSignals {
  const first = Promise.withResolvers<EndSignal>()
  const second = Promise.withResolvers<EndSignal>()
  let firstAt: number | undefined
  const on = (signal: EndSignal) => {
    if (firstAt === undefined) {
      firstAt = performance.now()
      first.resolve(signal)
    } else if (performance.now() - firstAt > SAME_PRESS_MS) second.resolve(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, on)
  return {
    first: first.promise,
    second: second.promise,
    off: () => signals.forEach((signal) => process.off(signal, on)),
  }
}

/** Such as `by you`. */
export function reasonOf(signal: EndSignal): string {
  if (signal === 'SIGINT') return 'by you'
  return signal === 'SIGHUP' ? 'the terminal went away' : `by ${signal}`
}
