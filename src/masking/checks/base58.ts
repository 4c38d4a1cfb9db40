// Base58Check, in which Bitcoin writes addresses and keys: a version, what it is of, and the beginning of its double SHA-256.
import { hash } from 'node:crypto'

const LETTERS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const BASE = 58
/** By ASCII character: its value. */
const VALUES = new Uint8Array(128)
for (let value = 0; value < LETTERS.length; value++) VALUES[LETTERS.charCodeAt(value)] = value

/** Limbs of so many bits: times 58, they are small integers still, where BigInts would be made letter by letter. */
const LIMB_BITS = 24
const LIMB = 2 ** LIMB_BITS - 1
/** A key of 52 letters has 39 bytes at most; what is longer is cut. */
const LIMBS = 13
const SUM_BYTES = 4

/** A number in Base58 that is read letter by letter. */
export class Base58 {
  /** The least first. */
  private readonly limbs = new Int32Array(LIMBS)
  /** So many limbs are not 0. */
  private used = 0
  private readonly bytes = Buffer.alloc((LIMBS * LIMB_BITS) / 8)
  private readonly digest = Buffer.alloc(32)

  /** Begins anew, with the number 0. */
  clear(): void {
    this.limbs.fill(0)
    this.used = 0
  }

  /** Reads the letters of a text from one index to another. */
  read(text: string, from: number, to: number): void {
    const { limbs } = this
    for (let at = from; at < to; at++) {
      let carry = VALUES[text.charCodeAt(at)] as number
      for (let i = 0; i < this.used; i++) {
        const product = (limbs[i] as number) * BASE + carry
        limbs[i] = product & LIMB
        carry = product >> LIMB_BITS
      }
      if (carry !== 0 && this.used < LIMBS) limbs[this.used++] = carry
    }
  }

  /** Whether it has so many bytes at most, of which the last four are the checksum of the others; `first` is the first one. */
  isChecked(length: number, first?: number): boolean {
    const { bytes } = this
    this.writeBytes()
    const start = bytes.length - length
    for (let i = 0; i < start; i++) if (bytes[i] !== 0) return false
    if (first !== undefined && bytes[start] !== first) return false
    this.digest.write(hash('sha256', bytes.subarray(start, -SUM_BYTES), 'binary'), 'latin1')
    const sum = hash('sha256', this.digest, 'binary')
    for (let i = 0; i < SUM_BYTES; i++) if (bytes.at(i - SUM_BYTES) !== sum.charCodeAt(i)) return false
    return true
  }

  private writeBytes(): void {
    for (let i = 0, at = this.bytes.length; i < LIMBS; i++) {
      const limb = this.limbs[i] as number
      this.bytes[--at] = limb
      this.bytes[--at] = limb >> 8
      this.bytes[--at] = limb >> 16
    }
  }
}
