// Where the gateway listens, what it is called, and the certificate that it shows there.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP, isIPv4, isIPv6 } from 'node:net'
import { isLoopback } from '../base/loopback.ts'
import type { Checks } from './checks.ts'
import { httpUrl } from './http-url.ts'
import { whyUnreadable } from './references.ts'
import type { Path } from './source.ts'

/** Host and port of `HOST:PORT`, the brackets of an IPv6 address taken off. */
export function splitListen(listen: string): { host: string; port: number; loopback: boolean } {
  const colon = listen.lastIndexOf(':')
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '')
  return { host, port: Number(listen.slice(colon + 1)), loopback: isLoopback(host) }
}

export function checkAddress({ file, source }: Checks): void {
  if (file.listen === undefined) return
  const { host, port, loopback } = splitListen(file.listen)
  const error = (path: Path, message: string) => source.report('error', path, message)
  if (port < 1 || port > 65535) error(['listen'], 'must have a port from 1 to 65535')
  if (file.listen.startsWith('[') ? !isIPv6(host) : /^[\d.]+$/.test(host) && !isIPv4(host))
    return error(['listen'], 'must have an IP address, such as 127.0.0.1 or [::1], or a name before its port')
  if (['tls', 'public_url', 'behind_tls_proxy'].some((key) => file.wrong.includes(key))) return
  if (file.tls && file.behind_tls_proxy)
    error(['behind_tls_proxy'], 'contradicts tls: TLS ends either here or at a proxy; remove one of them')
  if (!loopback && !file.tls && !file.behind_tls_proxy)
    error(
      ['listen'],
      'is beyond loopback without TLS; add tls: { cert, key }, or say behind_tls_proxy: true where a proxy in front ends TLS',
    )
  if (file.public_url === undefined) {
    if (!loopback || file.behind_tls_proxy)
      error(
        ['public_url'],
        'is missing: beyond loopback it must be said, such as https://gateway.example.com',
      )
    return
  }
  const url = httpUrl(file.public_url)
  if (!url) return error(['public_url'], 'must be a URL such as https://gateway.example.com')
  if (url.pathname !== '/' || url.search || url.hash)
    error(['public_url'], 'must end after host and port, without a path')
  if (url.protocol === 'http:') {
    if (!isLoopback(url.hostname)) error(['public_url'], 'must be https beyond loopback')
    else if (file.tls) error(['public_url'], 'must be https where tls is set')
  } else if (!file.tls && !file.behind_tls_proxy)
    error(['public_url'], 'is https, but TLS ends nowhere: set tls, or behind_tls_proxy: true')
}

export function checkCertificate({ file, source, readFile, resolvePath }: Checks): void {
  const { tls } = file
  if (!tls) return
  const read = (name: 'cert' | 'key') => {
    const path = resolvePath(tls[name])
    try {
      return readFile(path)
    } catch (error) {
      source.report('error', ['tls', name], `the file ${path} ${whyUnreadable(error)}`)
      return undefined
    }
  }
  const cert = parsed(read('cert'), (pem) => new X509Certificate(pem))
  const key = parsed(read('key'), (pem) => createPrivateKey(pem))
  if (cert === null) source.report('error', ['tls', 'cert'], 'must be a certificate in PEM')
  if (key === null)
    source.report('error', ['tls', 'key'], 'must be a private key in PEM, without a passphrase')
  if (!cert) return
  if (key && !cert.checkPrivateKey(key))
    source.report('error', ['tls', 'key'], 'does not belong to the certificate')
  const warn = (message: string) => source.report('warning', ['tls', 'cert'], message)
  if (cert.validToDate.getTime() < Date.now()) warn(`the certificate ended on ${day(cert.validToDate)}`)
  else if (cert.validFromDate.getTime() > Date.now())
    warn(`the certificate begins only on ${day(cert.validFromDate)}`)
  const host = file.public_url === undefined ? undefined : httpUrl(file.public_url)?.hostname
  if (host !== undefined && !isFor(cert, host.replace(/^\[|\]$/g, '')))
    warn(`the certificate is not one for ${host}, the host of public_url: browsers and CLIs will refuse it`)
}

function isFor(cert: X509Certificate, host: string): boolean {
  return (isIP(host) ? cert.checkIP(host) : cert.checkHost(host)) !== undefined
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}

// Undefined stays undefined (already told), null is what could not be parsed.
function parsed<T>(pem: string | undefined, parse: (pem: string) => T): T | null | undefined {
  if (pem === undefined) return undefined
  try {
    return parse(pem)
  } catch {
    return null
  }
}
