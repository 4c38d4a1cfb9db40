// The text that was read last, as far as it may be context for what follows.
import { ownCopy } from '../base/own-copy.ts'

/** So much of it is context, and so much more is kept: what was read may be taken back. */
const CONTEXT = 256
const TAKEN_BACK = 64
/** Pieces are kept as they came up to so many units, and then written anew: else they keep the reads alive that they are cut from. */
const AS_IT_CAME = 256

export class RecentText {
  private recent = ''
  private newest = ''

  add(text: string): void {
    this.newest += text
    if (this.newest.length <= AS_IT_CAME) return
    this.recent = ownCopy((this.recent + this.newest).slice(-CONTEXT - TAKEN_BACK))
    this.newest = ''
  }

  /** What stands before the i'th unit of a piece that comes next; i may be negative. */
  before(piece: string, i: number): string {
    const text = this.recent + this.newest
    const known = i < 0 ? text.slice(0, text.length + i) : text + piece.slice(Math.max(0, i - CONTEXT), i)
    return known.slice(-CONTEXT)
  }
}
