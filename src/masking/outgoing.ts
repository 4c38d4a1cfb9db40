// What a reader of JSON has settled, until somebody takes it.
import type { Finding } from '../terms/finding.ts'
import type { Edit, Settled } from './port.ts'
import { NONE } from './settle.ts'

export class Outgoing {
  /** Offsets are the reader's own. */
  through = 0
  edits: Edit[] = []
  findings: Finding[] = []

  /** Adds what a segment has settled that begins at an offset. */
  add(settled: Settled, offset: number): void {
    this.through = offset + settled.through
    for (const edit of settled.edits) this.edits.push(moved(edit, offset))
    for (const finding of settled.findings) this.findings.push(moved(finding, offset))
  }

  take(): Settled {
    const { through, edits, findings } = this
    if (edits.length > 0) this.edits = []
    if (findings.length > 0) this.findings = []
    return {
      through,
      edits: edits.length > 0 ? edits : NONE,
      findings: findings.length > 0 ? findings : NONE,
    }
  }
}

/** The same edit or finding, so much further on. */
export function moved<T extends { readonly start: number; readonly end: number }>(span: T, by: number): T {
  return { ...span, start: span.start + by, end: span.end + by }
}
