// The gateway's configuration file, with what the file itself can't know: which detectors there are and can be.
import type { GatewayConfig } from '../config/gateway-config.ts'
import { inspectFile, loadConfig, type Inspected } from '../config/load.ts'
import { builtIn } from '../masking/catalogue.ts'
import { flawsOf } from '../masking/own.ts'

const MASKING = { detectors: builtIn.maskNames, flawsOfMasking: flawsOf }

/** As loadConfig, what it says of masking checked too. */
export function loadGatewayFile(path: string): GatewayConfig {
  return loadConfig(path, MASKING)
}

/** As inspectFile, what it says of masking checked too. */
export function inspectGatewayFile(path: string): Inspected {
  return inspectFile(path, MASKING)
}
