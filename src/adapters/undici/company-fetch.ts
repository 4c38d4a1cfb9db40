// fetch as a company's network needs it: through its proxy, trusting its certificate authority.
import { readFileSync } from 'node:fs'
import * as tls from 'node:tls'
import { SluiceError } from '../../base/errors.ts'

export type Fetch = typeof globalThis.fetch

/**
 * A fetch that goes through HTTPS_PROXY or HTTP_PROXY (but for NO_PROXY), and trusts the authority in the PEM file
 * `ca` besides the usual ones and those of NODE_EXTRA_CA_CERTS. Rejects with ERR_CONFIG when `ca` can't be used.
 */
export async function companyFetch(ca?: string, env: NodeJS.ProcessEnv = process.env): Promise<Fetch> {
  // Node's own fetch is here already; undici takes a tenth of a second to load.
  if (ca === undefined && !hasProxy(env)) return globalThis.fetch
  const { EnvHttpProxyAgent, fetch } = await import('undici')
  const trust = trusting(ca, env)
  const dispatcher = new EnvHttpProxyAgent({
    ...proxies(env),
    connect: trust,
    requestTls: trust,
    proxyTls: trust,
  })
  return ((input: string, init: object) => fetch(input, { ...init, dispatcher })) as unknown as Fetch
}

/** TLS options that trust the authority in the PEM file `ca` besides the usual ones. Throws ERR_CONFIG. */
export function trusting(ca: string | undefined, env: NodeJS.ProcessEnv = process.env): { ca?: string[] } {
  return ca === undefined ? {} : { ca: [...usualAuthorities(env), authority(ca)] }
}

function hasProxy(env: NodeJS.ProcessEnv): boolean {
  const { httpProxy, httpsProxy } = proxies(env)
  return httpProxy !== '' || httpsProxy !== ''
}

// A gateway on this very machine is never reached by way of another.
function proxies(env: NodeJS.ProcessEnv): { httpProxy: string; httpsProxy: string; noProxy: string } {
  const named = (name: string): string => env[name.toLowerCase()] || env[name] || ''
  const noProxy = named('NO_PROXY')
  return {
    httpProxy: named('HTTP_PROXY'),
    httpsProxy: named('HTTPS_PROXY'),
    noProxy: noProxy === '*' ? '*' : `${noProxy},localhost,127.0.0.1,[::1]`.replace(/^,/, ''),
  }
}

// Naming any authority replaces all of Node's own, so they are named too.
function usualAuthorities(env: NodeJS.ProcessEnv): readonly string[] {
  // Node 22.12 doesn't have it yet.
  if (typeof tls.getCACertificates === 'function') return tls.getCACertificates('default')
  const extra = env['NODE_EXTRA_CA_CERTS']
  return [...tls.rootCertificates, ...(extra ? [readFileSync(extra, 'utf8')] : [])]
}

function authority(path: string): string {
  let pem: string
  try {
    pem = readFileSync(path, 'utf8')
  } catch (error) {
    throw new SluiceError('ERR_CONFIG', `The certificate authority in ${path} can't be read.`, {
      nextSteps: ['sluice login --ca FILE'],
      cause: error,
    })
  }
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem
  throw new SluiceError('ERR_CONFIG', `${path} holds no certificate in PEM form.`, {
    nextSteps: ['sluice login --ca FILE'],
  })
}
