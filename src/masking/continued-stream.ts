// Text that may go on with a value which another text broke off: read as if the value's opening stood before it.
import type { Edit, Settled } from './port.ts'
import type { Segment } from './text-stream.ts'

/** What stands between two strings of an array, and the least that a value goes on with. */
export const STRING_BREAK = `",\n"${'A'.repeat(16)}`

export class ContinuedStream implements Segment {
  private readonly stream: Segment
  /** The opening's length: so much further the stream is than the text. */
  private readonly by: number
  /** The placeholder of a union that hasn't reached the text so far. */
  private placeholder = ''

  constructor(stream: Segment, opening: string) {
    this.stream = stream
    this.by = opening.length
    this.placed(stream.write(opening))
  }

  write(text: string): Settled {
    return this.placed(this.stream.write(text))
  }

  end(): Settled {
    return this.placed(this.stream.end())
  }

  openFrom(): number {
    return this.place(this.stream.openFrom())
  }

  goesOn(): string | undefined {
    return this.stream.goesOn?.()
  }

  private placed({ through, edits, findings }: Settled): Settled {
    return {
      through: this.place(through),
      edits: edits.flatMap((edit) => this.clip(edit)),
      findings: findings
        .filter(({ end }) => end > this.by)
        .map((finding) => ({ ...finding, start: this.place(finding.start), end: this.place(finding.end) })),
    }
  }

  private clip({ start, end, text }: Edit): Edit[] {
    if (text !== '') this.placeholder = text
    if (end <= this.by) return []
    const edit = { start: this.place(start), end: this.place(end), text: this.placeholder }
    this.placeholder = ''
    return [edit]
  }

  private place(offset: number): number {
    return Math.max(0, offset - this.by)
  }
}
