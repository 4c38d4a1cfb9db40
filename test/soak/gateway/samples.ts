// What is looked at while the gateway is under load, and when it has come to rest.
import { setTimeout as pause } from 'node:timers/promises'
import type { MeasuredGateway } from '../../bench/gateway/measured-gateway.ts'
import type { Vitals } from '../../bench/gateway/probe.ts'

export interface Sample extends Vitals {
  /** Seconds since the soak began. */
  readonly at: number
  readonly exchangesOpen: number
  readonly exchangesEnded: number
  /** Entries that were not durable yet. */
  readonly ledgerWaiting: number
}

// Model servers and callers close what they keep within seconds.
const REST_MS = 20_000

export class Samples {
  readonly loaded: Sample[] = []
  private readonly gateway: MeasuredGateway
  private readonly began = performance.now()

  constructor(gateway: MeasuredGateway) {
    this.gateway = gateway
  }

  /** Takes one every second until the signal, and the last one then. */
  async take(signal: AbortSignal): Promise<void> {
    await this.gateway.vitals()
    while (!signal.aborted) {
      await pause(1_000)
      this.loaded.push(await this.look('vitals'))
    }
  }

  /** Waits until nothing is going on, and then for no more than `descriptors` to be open, but not forever. */
  async atRest(descriptors = 0): Promise<Sample> {
    const deadline = performance.now() + (descriptors > 0 ? REST_MS : REST_MS / 4)
    for (;;) {
      const sample = await this.look('collected')
      const quiet = sample.exchangesOpen === 0 && sample.ledgerWaiting === 0
      if ((quiet && sample.descriptors <= descriptors) || performance.now() > deadline) return sample
      await pause(250)
    }
  }

  private async look(asked: 'vitals' | 'collected'): Promise<Sample> {
    const metrics = await (
      await fetch(`${this.gateway.origin}/metrics`, { headers: { connection: 'close' } })
    ).text()
    const sum = (name: string): number => {
      const lines = metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))
      return [...lines].reduce((total, [, value]) => total + Number(value), 0)
    }
    const vitals = await this.gateway.vitals(asked)
    return {
      ...vitals,
      at: (performance.now() - this.began) / 1000,
      exchangesOpen: sum('sluice_exchanges_open'),
      exchangesEnded: sum('sluice_exchanges_total'),
      ledgerWaiting: sum('sluice_ledger_waiting'),
    }
  }
}
