// Placeholders: what a found value leaves as (contract, section 13). A detector redacts, unless one of these is asked for;
// pseudonyms, which need a map of the session to be restored from, will stand beside them.
import { createHmac } from 'node:crypto'
import { SluiceError } from '../base/errors.ts'
import type { Detector } from './detector.ts'

/** Of HMAC-SHA256, as hexadecimal digits: 60 bits, so that a million values of a tenant stay apart. */
const DIGITS = 15
const SHORTEST_KEY = 16

/** Leaves the last characters of a value: `**** 1111`. Throws ERR_CONFIG where nothing of it may be shown. */
export function partial(detector: Detector): Detector {
  const { name, shown } = detector
  if (shown === undefined) {
    throw new SluiceError('ERR_CONFIG', `No part of what "${name}" finds may be shown.`, {
      nextSteps: ['Redact or hash it.'],
    })
  }
  return {
    ...detector,
    replace: (value) => {
      const signs = value.replace(/[^\p{L}\p{N}]/gu, '')
      return signs.length < 2 * shown ? '****' : `**** ${signs.slice(-shown)}`
    },
  }
}

/**
 * Leaves a name that the same value always has under the same key: `[EMAIL:5d1f…]`. The key is the tenant's, of 16 bytes
 * or more; without it nobody can tell which value a name stands for by trying.
 */
export function hashed(detector: Detector, key: Uint8Array): Detector {
  if (key.length < SHORTEST_KEY) {
    throw new SluiceError('ERR_CONFIG', `The key for hashing has fewer than ${SHORTEST_KEY} bytes.`, {
      nextSteps: ['Make one: openssl rand -base64 32'],
    })
  }
  const label = detector.placeholder.replace(/^\[|\]$/g, '')
  return {
    ...detector,
    replace: (value) => {
      const hash = createHmac('sha256', key).update(`${detector.name}\0${value}`).digest('hex')
      return `[${label}:${hash.slice(0, DIGITS)}]`
    },
  }
}
