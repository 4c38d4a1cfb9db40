// Bytes on their way out; neighbours in the same memory become one piece, so that a run of events is one write.

export class Outgoing {
  private list: Buffer[] = []
  private source: Buffer | undefined
  private start = 0
  private end = 0

  add(source: Buffer, start: number, end: number): void {
    if (source === this.source && start === this.end) {
      this.end = end
      return
    }
    this.close()
    this.source = source
    this.start = start
    this.end = end
  }

  /** What was added since it was last asked. */
  take(): Buffer[] {
    this.close()
    const { list } = this
    this.list = []
    return list
  }

  private close(): void {
    if (this.source) this.list.push(this.source.subarray(this.start, this.end))
    this.source = undefined
  }
}
