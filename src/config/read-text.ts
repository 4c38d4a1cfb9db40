// Reading a file that should hold a little UTF-8 text: bounded, and strict about its encoding.
import { closeSync, openSync, readSync } from 'node:fs'

const AT_MOST = 2 ** 20

/** Why what was read is not such a text; completes "the file …". */
export class NotText extends Error {}

/** The text of a file. Throws the system's error, or NotText where it is over 1 MiB or not UTF-8. */
export function readText(path: string): string {
  const bytes = Buffer.alloc(AT_MOST + 1)
  const file = openSync(path, 'r')
  let length = 0
  try {
    // A device may have no end, and a pipe gives what it has.
    for (let got = -1; got !== 0 && length < bytes.length; length += got)
      got = readSync(file, bytes, length, bytes.length - length, null)
  } finally {
    closeSync(file)
  }
  if (length > AT_MOST) throw new NotText('is larger than 1 MiB')
  return decoded(bytes.subarray(0, length))
}

function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new NotText('is UTF-16; save it as UTF-8')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const line = new TextDecoder().decode(bytes).split('\ufffd')[0]?.split('\n').length
    throw new NotText(`is not UTF-8 (line ${line}); save it as UTF-8`)
  }
}
