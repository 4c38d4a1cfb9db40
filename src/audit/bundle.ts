// Entry bundles of https://c2sp.org/tlog-tiles: up to 256 entries, each behind its length as a big-endian uint16.

/** The longest entry that a bundle can hold, in bytes. */
const MAX_ENTRY_BYTES = 0xffff

/** Throws a RangeError for an entry of more than 65,535 bytes. */
export function encodeBundle(texts: readonly string[]): Uint8Array {
  const entries = texts.map((text) => Buffer.from(text))
  const bundle = new Uint8Array(entries.reduce((sum, { length }) => sum + 2 + length, 0))
  let at = 0
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) throw new RangeError(`an entry of ${entry.length} bytes`)
    bundle[at++] = entry.length >> 8
    bundle[at++] = entry.length & 0xff
    bundle.set(entry, at)
    at += entry.length
  }
  return bundle
}

/** The entries of a bundle; what is cut off at its end is left out. */
export function decodeBundle(bundle: Uint8Array): string[] {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.length)
  const texts: string[] = []
  for (let at = 0; at + 2 <= bytes.length;) {
    const end = at + 2 + bytes.readUInt16BE(at)
    if (end > bytes.length) break
    texts.push(bytes.toString('utf8', at + 2, end))
    at = end
  }
  return texts
}
