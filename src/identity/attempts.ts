// Attempts, counted by network address, so that guessing is slow and costs the store nothing.
import type { Clock } from '../base/clock.ts'

const WINDOW_MS = 60_000
const ADDRESSES_AT_MOST = 4_096

export interface Attempts {
  /** For how many seconds an address has to wait, having tried too often; else 0. */
  waitOf(address: string): number
  count(address: string): void
}

/** So many a minute are allowed to one address (one /64 of IPv6). */
export function countAttempts(clock: Clock, perMinute: number): Attempts {
  const windows = new Map<string, { attempts: number; readonly ends: number }>()

  return {
    waitOf(address) {
      const window = windows.get(networkOf(address))
      if (!window || window.attempts < perMinute) return 0
      return Math.max(0, Math.ceil((window.ends - clock.now()) / 1000))
    },
    count(address) {
      const network = networkOf(address)
      const window = windows.get(network)
      if (window && window.ends > clock.now()) {
        window.attempts++
        return
      }
      windows.delete(network)
      if (windows.size >= ADDRESSES_AT_MOST) windows.delete(windows.keys().next().value as string)
      windows.set(network, { attempts: 1, ends: clock.now() + WINDOW_MS })
    },
  }
}

// One customer of a provider has a whole /64 of IPv6: its addresses count as one.
function networkOf(address: string): string {
  const [head = '', tail] = address.replace(/^::ffff:(?=\d+\.)/, '').split('::')
  if (!address.includes(':') || head.includes('.')) return head
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - tail.split(':').length)
  return [...groups, ...Array<string>(missing).fill('0'), ...(tail ?? '').split(':')].slice(0, 4).join(':')
}
