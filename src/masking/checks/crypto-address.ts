// Addresses of Bitcoin and Ethereum, and Bitcoin's private keys, by their checksums: Base58Check, bech32 and bech32m (BIP 173, BIP 350).
import { Base58 } from './base58.ts'
import type { LastValid } from '../detector.ts'

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
/** By the five bits that leave the sum: what is mixed into it. */
const MIXED = Int32Array.from({ length: 32 }, (_, top) =>
  GENERATOR.reduce((mixed, word, i) => ((top >> i) & 1 ? mixed ^ word : mixed), 0),
)
/** By ASCII character: its value, or -1. */
const LOWER = valuesOf(BECH32)
const UPPER = valuesOf(BECH32.toUpperCase())
const BECH32_SUM = 1
const BECH32M_SUM = 0x2bc830a3
/** In bytes: version, hash and checksum. */
const ADDRESS = 25
/** In letters: of a key whose point is compressed, with one byte more. */
const LONGEST_WIF = 52
const WIF_VERSION = 0x80
/** Of the text that is being checked. */
const number = new Base58()

/** Whether a text of one of the grammars is an address: Ethereum's has no checksum that must hold. */
export function isCryptoAddress(text: string): boolean {
  return lastOf(text, [text.length]) !== undefined
}

/** The last end before which `text` is one. */
export const lastCryptoAddress: LastValid = (text, isWhole, ends) =>
  isWhole && isCryptoAddress(text) ? text.length : lastOf(text, ends(text.length))

function lastOf(text: string, ends: readonly number[]): number | undefined {
  if (/^0x/.test(text)) return ends.findLast((end) => !/^0x0*[0-9a-f]?$/i.test(text.slice(0, end)))
  return /^(?:bc|tb)1/i.test(text) ? lastBech32(text, ends) : lastBase58(text, ends)
}

function lastBase58(text: string, ends: readonly number[]): number | undefined {
  number.clear()
  let at = 0
  let last: number | undefined
  for (const end of ends) {
    number.read(text, at, end)
    at = end
    if (number.isChecked(ADDRESS)) last = end
  }
  return last
}

/**
 * Whether a text of the grammar is a private key: an extended one by its prefix and length, one in Wallet Import Format by
 * its version, its length and its sum.
 */
export function isCryptoKey(text: string): boolean {
  if (text.length > LONGEST_WIF) return true
  number.clear()
  number.read(text, 0, text.length)
  return number.isChecked(text.length === LONGEST_WIF ? 38 : 37, WIF_VERSION)
}

// Of either case, but not of both.
function lastBech32(text: string, ends: readonly number[]): number | undefined {
  const isUpper = text.startsWith(text.slice(0, 2).toUpperCase())
  const values = isUpper ? UPPER : LOWER
  const name = [text.charCodeAt(0) | 0x20, text.charCodeAt(1) | 0x20] as const
  let sum = 1
  for (const value of [name[0] >> 5, name[1] >> 5, 0, name[0] & 31, name[1] & 31]) sum = mixed(sum, value)
  const wanted = values[text.charCodeAt(3)] === 0 ? BECH32_SUM : BECH32M_SUM
  let at = 3
  let last: number | undefined
  for (const end of ends) {
    for (; at < end; at++) {
      const value = values[text.charCodeAt(at)] ?? -1
      if (value === -1) return last
      sum = mixed(sum, value)
    }
    if (sum === wanted) last = end
  }
  return last
}

function mixed(sum: number, value: number): number {
  return ((sum & 0x1ffffff) << 5) ^ value ^ (MIXED[sum >>> 25] as number)
}

function valuesOf(letters: string): Int8Array {
  const values = new Int8Array(128).fill(-1)
  for (let value = 0; value < letters.length; value++) values[letters.charCodeAt(value)] = value
  return values
}
