// Text from a file or from stdin, as it comes; UTF-8 or nothing.
import { createReadStream } from 'node:fs'
import { SluiceError } from '../base/errors.ts'

/**
 * The text of a file, or of stdin where `path` is undefined or `-`, in pieces that never end inside a character. Throws
 * ERR_NOT_FOUND, ERR_USAGE for what can't be read, and ERR_ENCODING_UNSUPPORTED for what is not UTF-8 text.
 */
export async function* readText(file: string | undefined): AsyncGenerator<string> {
  const path = file === '-' ? undefined : file
  const name = path ?? 'The input'
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const decode = (bytes?: Uint8Array) => {
    try {
      const text = decoder.decode(bytes, { stream: bytes !== undefined })
      if (!text.includes('\0')) return text
    } catch {
      // Told below, together with NUL: UTF-16 is mostly valid UTF-8, and nothing would be found in it.
    }
    throw new SluiceError('ERR_ENCODING_UNSUPPORTED', `${name} is not UTF-8 text.`, {
      nextSteps: ['Convert it first, for example with: iconv -t UTF-8'],
    })
  }
  try {
    const source = path === undefined ? process.stdin : createReadStream(path)
    for await (const bytes of source as AsyncIterable<Uint8Array>) yield decode(bytes)
    yield decode()
  } catch (error) {
    if (error instanceof SluiceError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new SluiceError('ERR_NOT_FOUND', `There is no file ${name}.`, {
        nextSteps: ['Name another, or none to read stdin.'],
        cause: error,
      })
    if (code === 'EISDIR')
      throw new SluiceError('ERR_USAGE', `${name} is a folder.`, {
        nextSteps: ['Name a file in it.'],
        cause: error,
      })
    throw new SluiceError('ERR_USAGE', `${name} can't be read (${code ?? 'unknown error'}).`, {
      cause: error,
    })
  }
}

/** The lines of a text that comes in pieces, without their ends. */
export async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const text of texts) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
