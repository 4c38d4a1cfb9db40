// The keys of one JSON object as they leave: no two are alike because of masking (contract, section 9).
import { ownCopy } from '../base/own-copy.ts'

/** Placeholders have some such sign, nearly all other keys have none and needn't be kept. */
const SIGN = /[!-,:-@[-^`{-~]/

export class LeftKeys {
  /** By key: the last suffix that it got, from 1; for those that leave as they are written it is negative, or 0. */
  private known: Map<string, number> | undefined

  /** Whether a key that leaves as it is written would be like one that doesn't. */
  isTaken(written: string): boolean {
    return (this.known?.get(written) ?? 0) > 0
  }

  /** What sets the next key apart, which is written so, and leaves as `left`; '': nothing need be added. */
  suffix(written: string, left: string): string {
    const isMade = left !== written
    const last = this.known?.get(left)
    if (last === undefined || (last <= 0 && !isMade)) {
      if (isMade) this.keep(left, 1)
      else if (last === undefined && SIGN.test(left)) this.keep(ownCopy(left), 0)
      return ''
    }
    let n = Math.max(1, Math.abs(last))
    do n++
    while (this.known?.has(`${left}#${n}`))
    this.keep(left, last > 0 ? n : -n)
    this.keep(`${left}#${n}`, 1)
    return `#${n}`
  }

  private keep(key: string, last: number): void {
    this.known ??= new Map()
    this.known.set(key, last)
  }
}
