// Whether a gateway that says nothing is still there: a model may think for minutes, a network that is gone never ends.
import type { Dispatcher } from 'undici'
import type { Clock } from '../base/clock.ts'

export interface PulseParts {
  readonly gatewayUrl: string
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>
  readonly clock: Clock
  /** How long it may say nothing before it is asked, and how long it may take to answer then. */
  readonly silenceMs?: number
  readonly answerMs?: number
}

export interface Followed {
  /** Something came from the gateway. */
  heard(): void
  end(): void
}

export interface Pulse {
  /** Calls `onLost` once, where the gateway says nothing any more and twice in a row does not answer when asked. */
  follow(onLost: () => void): Followed
}

interface Listener {
  heardAt: number
  unanswered: number
  readonly onLost: () => void
}

export function pulseOf(parts: PulseParts): Pulse {
  const { clock, silenceMs = 15_000, answerMs = 5_000 } = parts
  const listeners = new Set<Listener>()
  let timer: NodeJS.Timeout | undefined
  let asking = false

  async function look(): Promise<void> {
    const quiet = [...listeners].filter(({ heardAt }) => clock.now() - heardAt >= silenceMs)
    if (asking || quiet.length === 0) return
    asking = true
    const askedAt = clock.now()
    const isThere = await answers(parts, answerMs)
    asking = false
    for (const listener of quiet) {
      if (listener.heardAt > askedAt || !listeners.has(listener)) continue
      if (isThere) {
        listener.heardAt = askedAt
        listener.unanswered = 0
      } else if (++listener.unanswered >= 2) {
        listeners.delete(listener)
        listener.onLost()
      }
    }
  }

  return {
    follow(onLost) {
      const listener: Listener = { heardAt: clock.now(), unanswered: 0, onLost }
      listeners.add(listener)
      timer ??= setInterval(() => void look(), silenceMs / 3).unref()
      return {
        heard() {
          listener.heardAt = clock.now()
          listener.unanswered = 0
        },
        end() {
          listeners.delete(listener)
          if (listeners.size > 0) return
          clearInterval(timer)
          timer = undefined
        },
      }
    },
  }
}

// Any answer will do.
function answers({ gatewayUrl, dispatcher }: PulseParts, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined
    let late = false
    const settle = (isThere: boolean) => {
      clearTimeout(timer)
      resolve(isThere)
    }
    const timer = setTimeout(() => {
      late = true
      controller?.abort(new Error('no answer'))
      settle(false)
    }, withinMs)
    dispatcher.dispatch(
      { origin: gatewayUrl, path: '/healthz', method: 'GET' },
      {
        onRequestStart(started) {
          controller = started
          if (late) started.abort(new Error('no answer'))
        },
        onResponseStart: () => settle(true),
        onResponseData: () => undefined,
        onResponseEnd: () => undefined,
        onResponseError: () => settle(false),
      },
    )
  })
}
