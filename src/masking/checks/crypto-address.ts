// Addresses of Bitcoin and Ethereum, by their checksums: Base58Check, bech32 and bech32m (BIP 173, BIP 350).
import { createHash } from 'node:crypto'

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
const BECH32_SUM = 1
const BECH32M_SUM = 0x2bc830a3
/** Version, hash and checksum. */
const PAYLOAD_BYTES = 25

/** Whether a text of one of the grammars is an address: Ethereum's has no checksum that must hold. */
export function isCryptoAddress(text: string): boolean {
  if (/^0x/.test(text)) return !/^0x0*[0-9a-f]?$/i.test(text)
  return /^(?:bc|tb)1/i.test(text) ? hasBech32Sum(text) : hasBase58Sum(text)
}

function hasBase58Sum(text: string): boolean {
  let number = 0n
  for (const sign of text) number = number * 58n + BigInt(BASE58.indexOf(sign))
  const hex = number.toString(16).padStart(2 * PAYLOAD_BYTES, '0')
  if (hex.length !== 2 * PAYLOAD_BYTES) return false
  const bytes = Buffer.from(hex, 'hex')
  const sum = sha256(sha256(bytes.subarray(0, -4)))
  return sum.subarray(0, 4).equals(bytes.subarray(-4))
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function hasBech32Sum(text: string): boolean {
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return false
  const name = text.slice(0, 2).toLowerCase()
  const codes = Array.from(name, (sign) => sign.charCodeAt(0))
  const values = Array.from(text.slice(3).toLowerCase(), (sign) => BECH32.indexOf(sign))
  const sum = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...values].reduce(
    (rest, value) => {
      const top = rest >>> 25
      const next = ((rest & 0x1ffffff) << 5) ^ value
      return GENERATOR.reduce((mixed, word, i) => ((top >> i) & 1 ? mixed ^ word : mixed), next)
    },
    1,
  )
  return sum === (values[0] === 0 ? BECH32_SUM : BECH32M_SUM)
}
