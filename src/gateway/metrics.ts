// What operators watch: counters and timings, never a name, an address or a text.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { EntryLog } from '../audit/log.ts'

export interface Metrics {
  /** The Prometheus text exposition. */
  text(): Promise<string>
  readonly contentType: string
  exchangeEnded(model: string, status: string, seconds: number): void
  exchangesOpen(change: 1 | -1): void
  refused(code: string): void
  connectionsOpen(change: 1 | -1): void
  /** A connection was closed because there were too many. */
  connectionDropped(): void
  found(direction: 'request' | 'reply', detector: string, count: number): void
  /** What is known of a witness: the size that it cosigned last, and what its last answer was. */
  witness(name: string, known: WitnessKnown): void
}

export interface WitnessKnown {
  readonly size: number
  readonly isCosigning: boolean
  /** It has cosigned what this ledger does not extend. */
  readonly isContradicted: boolean
}

export function createMetrics(
  ledger: Pick<EntryLog, 'waiting' | 'writable'>,
  bodies: { readonly held: number },
): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const ended = new Counter({
    name: 'sluice_exchanges_total',
    help: 'Exchanges by model and outcome.',
    labelNames: ['model', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'sluice_exchange_seconds',
    help: 'From the request to its recorded outcome.',
    buckets: [0.01, 0.05, 0.25, 1, 5, 30, 120, 600],
    registers,
  })
  const open = new Gauge({ name: 'sluice_exchanges_open', help: 'Exchanges in flight.', registers })
  const refusals = new Counter({
    name: 'sluice_refusals_total',
    help: 'Requests refused before a decision, by error code.',
    labelNames: ['code'],
    registers,
  })
  const connections = new Gauge({
    name: 'sluice_connections_open',
    help: 'Connections of callers.',
    registers,
  })
  const dropped = new Counter({
    name: 'sluice_connections_dropped_total',
    help: 'Connections closed because there were too many.',
    registers,
  })
  const findings = new Counter({
    name: 'sluice_findings_total',
    help: 'Findings masked, by direction and detector.',
    labelNames: ['direction', 'detector'],
    registers,
  })
  const witness = (name: string, help: string) =>
    new Gauge({ name: `sluice_witness_${name}`, help, labelNames: ['witness'], registers })
  const cosigned = witness('cosigned_size', 'Entries that the witness has cosigned.')
  const cosigning = witness('cosigning', '1 while the witness cosigns, 0 while it is away or refuses.')
  const contradicted = witness('contradicted', '1 where the witness has cosigned another ledger than this.')
  new Gauge({
    name: 'sluice_ledger_writable',
    help: '1 while the ledger accepts entries.',
    registers,
    collect() {
      this.set(ledger.writable ? 1 : 0)
    },
  })
  new Gauge({
    name: 'sluice_ledger_waiting',
    help: 'Entries that are not durable yet.',
    registers,
    collect() {
      this.set(ledger.waiting)
    },
  })
  new Gauge({
    name: 'sluice_request_body_bytes',
    help: 'Bytes of request bodies held at once, bounded by limits.bodies.',
    registers,
    collect() {
      this.set(bodies.held)
    },
  })
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    exchangeEnded(model, status, duration) {
      ended.inc({ model, status })
      seconds.observe(duration)
    },
    exchangesOpen: (change) => open.inc(change),
    refused: (code) => refusals.inc({ code }),
    connectionsOpen: (change) => connections.inc(change),
    connectionDropped: () => dropped.inc(),
    found: (direction, detector, count) => findings.inc({ direction, detector }, count),
    witness(name, { size, isCosigning, isContradicted }) {
      cosigned.set({ witness: name }, size)
      cosigning.set({ witness: name }, isCosigning ? 1 : 0)
      contradicted.set({ witness: name }, isContradicted ? 1 : 0)
    },
  }
}
