// The gateway's configuration file, with what the file itself can't know: which detectors there are.
import type { GatewayConfig } from '../config/gateway-config.ts'
import { inspectFile, loadConfig, type Inspected } from '../config/load.ts'
import { maskNames } from '../masking/catalogue.ts'

/** As loadConfig, the names of detectors checked too. */
export function loadGatewayFile(path: string): GatewayConfig {
  return loadConfig(path, { detectors: maskNames })
}

/** As inspectFile, the names of detectors checked too. */
export function inspectGatewayFile(path: string): Inspected {
  return inspectFile(path, { detectors: maskNames })
}
