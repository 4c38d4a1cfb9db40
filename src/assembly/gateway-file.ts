// The gateway's configuration file, with what the file itself can't know: which detectors there are and can be, and what keys are.
import { cosignatureVerifier } from '../audit/cosignature.ts'
import type { GatewayConfig } from '../config/gateway-config.ts'
import { inspectFile, loadConfig, type Inspected } from '../config/load.ts'
import { builtIn } from '../masking/catalogue.ts'
import { flawsOf } from '../masking/own.ts'

const KNOWN = { detectors: builtIn.maskNames, flawsOfMasking: flawsOf, flawOfWitness }

function flawOfWitness(vkey: string): string | undefined {
  try {
    cosignatureVerifier(vkey)
    return undefined
  } catch {
    return 'does not match its own hash: a part of it was lost'
  }
}

/** As loadConfig, what it says of masking and of witnesses checked too. */
export function loadGatewayFile(path: string): GatewayConfig {
  return loadConfig(path, KNOWN)
}

/** As inspectFile, what it says of masking and of witnesses checked too. */
export function inspectGatewayFile(path: string): Inspected {
  return inspectFile(path, KNOWN)
}
