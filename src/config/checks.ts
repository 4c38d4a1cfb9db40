// What the shape alone can't say: addresses, TLS, names that refer to each other.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { rulesAbout } from './gateway-config.ts'
import { nearest } from '../base/nearest.ts'
import type { ConfigFile } from './schema.ts'
import { whyUnreadable, type Origin, type Path, type Source } from './source.ts'

export interface Checks {
  readonly file: ConfigFile
  readonly source: Source
  readonly readFile: Origin['readFile']
  readonly resolvePath: (path: string) => string
  /** Names that a mask list may hold: detectors and families. Undefined: not checked. */
  readonly detectors: readonly string[] | undefined
}

export function checkConfig(checks: Checks): void {
  checkAddress(checks)
  checkCertificate(checks)
  checkIdentity(checks)
  checkModels(checks)
  checkPolicy(checks)
}

/** Host and port of `HOST:PORT`, the brackets of an IPv6 address taken off. */
export function splitListen(listen: string): { host: string; port: number; loopback: boolean } {
  const colon = listen.lastIndexOf(':')
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '')
  return { host, port: Number(listen.slice(colon + 1)), loopback: isLoopback(host) }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

function checkAddress({ file, source }: Checks): void {
  const { port, loopback } = splitListen(file.listen)
  const error = (path: Path, message: string) => source.report('error', path, message)
  if (port < 1 || port > 65535) error(['listen'], 'must have a port from 1 to 65535')
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

function checkCertificate({ file, source, readFile, resolvePath }: Checks): void {
  if (!file.tls) return
  const read = (name: 'cert' | 'key') => {
    const path = resolvePath(file.tls?.[name] ?? '')
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
  if (!cert || !key) return
  if (!cert.checkPrivateKey(key)) source.report('error', ['tls', 'key'], 'does not belong to the certificate')
  if (cert.validToDate.getTime() < Date.now())
    source.report('warning', ['tls', 'cert'], `the certificate ended on ${cert.validTo}`)
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

function checkIdentity({ file: { identity }, source }: Checks): void {
  const issuer = httpUrl(identity.issuer)
  if (!issuer) source.report('error', ['identity', 'issuer'], 'must be a URL such as https://idp.example.com')
  else if (issuer.protocol === 'http:' && !isLoopback(issuer.hostname))
    source.report('error', ['identity', 'issuer'], 'must be https beyond loopback')
  if (!identity.scopes.includes('openid'))
    source.report('error', ['identity', 'scopes'], 'must include openid')
  warnOfLiteral(source, identity.client_secret, ['identity', 'client_secret'])
}

function checkModels({ file, source }: Checks): void {
  uniqueNames(file.models, 'name', ['models'], source)
  file.models.forEach((model, i) => {
    const upstream = httpUrl(model.upstream)
    if (!upstream)
      source.report(
        'error',
        ['models', i, 'upstream'],
        'must be an http or https URL such as http://127.0.0.1:9000/v1, without user, password, ? or #',
      )
    const { credentials } = model
    if (!credentials) return
    const path = ['models', i, 'credentials']
    const { bearer, header, value } = credentials
    if ((bearer !== undefined) === (header !== undefined || value !== undefined))
      source.report('error', path, 'must be either bearer, or header and value')
    else if (bearer === undefined && (header === undefined || value === undefined))
      source.report('error', path, 'must have both header and value')
    if (upstream?.protocol === 'http:' && !isLoopback(upstream.hostname))
      source.report('warning', path, 'go over plain http beyond loopback: everyone on the way can read them')
    warnOfLiteral(source, bearer, [...path, 'bearer'])
    warnOfLiteral(source, value, [...path, 'value'])
    for (const [name, text] of Object.entries({ bearer, value }))
      if (text !== undefined && !/^[\x20-\x7e]+$/.test(text))
        source.report('error', [...path, name], 'must be one line of printable ASCII, as HTTP headers are')
  })
}

function checkPolicy({ file, source, detectors }: Checks): void {
  uniqueNames(file.policy, 'rule', ['policy'], source)
  const models = file.models.map(({ name }) => name)
  file.policy.forEach((rule, i) => {
    for (const list of ['models', 'groups'] as const)
      if (rule[list].includes('*') && rule[list].length > 1)
        source.report('error', ['policy', i, list], 'must be either ["*"] alone, or names')
    knownNames(rule.models, ['*', ...models], ['policy', i, 'models'], 'model', source)
    if (!detectors) return
    for (const direction of ['request', 'reply'] as const)
      knownNames(rule.mask[direction], detectors, ['policy', i, 'mask', direction], 'detector', source)
  })
  models.forEach((name, i) => {
    if (rulesAbout(file.policy, name).length === 0)
      source.report(
        'warning',
        ['models', i, 'name'],
        'no rule of the policy names this model: nobody may use it',
      )
  })
}

function knownNames(
  names: readonly string[],
  known: readonly string[],
  path: Path,
  noun: string,
  source: Source,
) {
  names.forEach((name, j) => {
    if (known.includes(name)) return
    const near = nearest(name, known)
    const hint = near ? `; did you mean ${near}?` : ';'
    source.report('error', [...path, j], `is an unknown ${noun}${hint} Allowed: ${known.join(', ')}`)
  })
}

function uniqueNames<K extends string>(
  items: readonly { readonly [key in K]: string }[],
  key: K,
  path: Path,
  source: Source,
) {
  items.forEach((item, i) => {
    const first = items.findIndex((other) => other[key] === item[key])
    if (first < i) source.report('error', [...path, i, key], `repeats the ${key} of ${path[0]}[${first}]`)
  })
}

function warnOfLiteral(source: Source, value: string | undefined, path: Path): void {
  if (value !== undefined && !source.isReference(path))
    source.report('warning', path, 'a secret stands in the file itself; use ${env:NAME} or ${file:PATH}')
}

function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || /[?#]/.test(text))
    return undefined
  return url
}
