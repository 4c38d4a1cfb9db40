// The gateway's TLS certificate, read again when its files change.
import { readFileSync, watchFile, unwatchFile } from 'node:fs'
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { SluiceError } from '../base/errors.ts'

export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

export interface CertificateSource {
  current(): CertificatePair
  /** Calls back with each new pair that is sound; one that is not is reported and the old one stays. */
  onChange(listener: (pair: CertificatePair) => void): void
  close(): void
}

const POLL_MS = 1_000

/** Throws ERR_CONFIG where the files can't be read or do not belong together. `warn` hears of a later pair that is not sound. */
export function watchCertificate(
  certPath: string,
  keyPath: string,
  warn: (message: string) => void,
): CertificateSource {
  let pair = readPair(certPath, keyPath)
  const listeners: ((pair: CertificatePair) => void)[] = []
  const reread = (): void => {
    try {
      const fresh = readPair(certPath, keyPath)
      if (fresh.cert === pair.cert && fresh.key === pair.key) return
      for (const listener of listeners) listener(fresh)
      pair = fresh
    } catch (thrown) {
      warn((thrown as Error).message)
    }
  }
  for (const path of [certPath, keyPath]) watchFile(path, { interval: POLL_MS, persistent: false }, reread)
  return {
    current: () => pair,
    onChange: (listener) => void listeners.push(listener),
    close() {
      for (const path of [certPath, keyPath]) unwatchFile(path, reread)
    },
  }
}

function readPair(certPath: string, keyPath: string): CertificatePair {
  const cert = read(certPath)
  const key = read(keyPath)
  try {
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
      throw new SluiceError(
        'ERR_CONFIG',
        `The TLS key ${keyPath} does not belong to the certificate ${certPath}.`,
      )
    }
    // What PEM allows and TLS does not, such as a key that is too short, fails here.
    createSecureContext({ cert, key })
    return { cert, key }
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    throw new SluiceError(
      'ERR_CONFIG',
      `The TLS certificate ${certPath} or its key ${keyPath} is not PEM that TLS can use.`,
      { cause },
    )
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new SluiceError('ERR_CONFIG', `The TLS file ${path} can't be read.`, { cause })
  }
}
