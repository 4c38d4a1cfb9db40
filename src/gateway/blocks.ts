// Bytes as they arrive: gathered in few large blocks of their own, so that none is copied again, or holds on to others.

const FIRST_BLOCK = 2 ** 14
const LARGEST_BLOCK = 2 ** 20

export class Blocks {
  size = 0
  /** The first piece, while there is no other: most bodies come in one, and are not copied at all. */
  private only: Uint8Array | undefined
  private blocks: Uint8Array[] = []
  /** How much of the last block is filled. */
  private filled = 0

  add(piece: Uint8Array): void {
    if (this.size === 0) this.only = piece
    else {
      if (this.only) this.copy(this.only)
      this.only = undefined
      this.copy(piece)
    }
    this.size += piece.length
  }

  /** Blocks that were taken elsewhere. */
  static of(taken: readonly Uint8Array[]): Blocks {
    const blocks = new Blocks()
    blocks.blocks = [...taken]
    blocks.filled = taken.at(-1)?.length ?? 0
    blocks.size = taken.reduce((size, { length }) => size + length, 0)
    return blocks
  }

  /** All of it in one piece, which is not to be written to; nothing is left here. */
  takeWhole(): Buffer {
    const { size } = this
    const [first = NOTHING, ...others] = this.only ? [this.only] : this.pieces()
    this.clear()
    if (others.length === 0) return Buffer.from(first.buffer, first.byteOffset, first.length)
    return Buffer.concat([first, ...others], size)
  }

  /** All of it, in memory that is nobody else's, so that it can be given away; nothing is left here. */
  take(): Uint8Array<ArrayBuffer>[] {
    if (this.only) this.copy(this.only)
    const taken = this.pieces()
    this.clear()
    return taken as Uint8Array<ArrayBuffer>[]
  }

  private clear(): void {
    this.only = undefined
    this.blocks = []
    this.filled = 0
    this.size = 0
  }

  private pieces(): Uint8Array[] {
    return this.blocks.map((block, index) =>
      index === this.blocks.length - 1 ? block.subarray(0, this.filled) : block,
    )
  }

  private copy(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      let last = this.blocks.at(-1)
      if (!last || this.filled === last.length) {
        const length = last ? Math.min(2 * last.length, LARGEST_BLOCK) : FIRST_BLOCK
        this.blocks.push(
          (last = Buffer.allocUnsafeSlow(Math.max(length, Math.min(piece.length, LARGEST_BLOCK)))),
        )
        this.filled = 0
      }
      const part = piece.subarray(at, at + last.length - this.filled)
      last.set(part, this.filled)
      this.filled += part.length
      at += part.length
    }
  }
}

const NOTHING = new Uint8Array()
