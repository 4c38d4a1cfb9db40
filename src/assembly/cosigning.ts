// The gateway's witnesses, put together from its configuration.
import { companyFetch } from '../adapters/undici/company-fetch.ts'
import { submitToWitness } from '../adapters/undici/submit-to-witness.ts'
import { cosignatureVerifier } from '../audit/cosignature.ts'
import type { GatewayConfig } from '../config/gateway-config.ts'
import { startCosigning, type Cosigning, type CosigningParts } from '../gateway/cosigning.ts'

/** Asks the witnesses from now on, through the company's proxy where there is one. */
export async function openCosigning(
  witnesses: GatewayConfig['witnesses'],
  { log, records, logger, metrics }: Omit<CosigningParts, 'witnesses'>,
): Promise<Cosigning> {
  const fetch = await companyFetch()
  const ports = witnesses.map(({ url, vkey }) => ({
    verifier: cosignatureVerifier(vkey),
    submit: submitToWitness(url, fetch),
  }))
  return startCosigning({ log, records, logger, metrics, witnesses: ports })
}
