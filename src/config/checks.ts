// What the shape alone can't say: addresses, TLS, secrets, names that refer to each other.
import { isLoopback } from '../base/loopback.ts'
import { nearest } from '../base/nearest.ts'
import { checkAddress, checkCertificate } from './check-address.ts'
import { checkMasking } from './check-masking.ts'
import { checkStore } from './check-store.ts'
import { rulesAbout, type MaskingConfig } from './gateway-config.ts'
import { httpUrl } from './http-url.ts'
import { warnOfLiteral } from './literal.ts'
import type { ReadableFile } from './readable.ts'
import type { Origin } from './references.ts'
import type { Path, Source } from './source.ts'
import { bytes, milliseconds } from './units.ts'

export interface Checks {
  /** What of the file has its shape: what has not is left out, and checked by nothing. */
  readonly file: ReadableFile
  readonly source: Source
  readonly readFile: Origin['readFile']
  readonly resolvePath: (path: string) => string
  /** Names that a mask list may hold, beside the file's own: detectors and families. Undefined: not checked. */
  readonly detectors: readonly string[] | undefined
  /** What is wrong with the file's own detectors and the modes, below `masking`. Undefined: not checked. */
  readonly flawsOfMasking: ((masking: MaskingConfig) => readonly Flaw[]) | undefined
  /** What is wrong with a witness's key; completes a sentence about it. Undefined: not checked. */
  readonly flawOfWitness: ((vkey: string) => string | undefined) | undefined
}

/** What is wrong with one value; `message` completes a sentence about it. */
export interface Flaw {
  readonly path: readonly (string | number)[]
  readonly message: string
}

export function checkConfig(checks: Checks): void {
  checkAddress(checks)
  checkCertificate(checks)
  checkStore(checks)
  checkWitnesses(checks)
  checkIdentity(checks)
  checkModels(checks)
  checkPolicy(checks)
  checkMasking(checks)
  checkLimits(checks)
}

// A body is read as one text, whose length the language bounds.
const BODY_AT_MOST = '256MiB'
const DRAIN_AT_MOST = '1440m'

function checkLimits({ file: { limits }, source }: Checks): void {
  if (!limits) return
  if (bytes(limits.body) > bytes(BODY_AT_MOST))
    source.report('error', ['limits', 'body'], `must be at most ${BODY_AT_MOST}`)
  if (milliseconds(limits.drain) > milliseconds(DRAIN_AT_MOST))
    source.report('error', ['limits', 'drain'], `must be at most ${DRAIN_AT_MOST}`)
  if (bytes(limits.bodies) < bytes(limits.body))
    source.report('error', ['limits', 'bodies'], 'must be at least limits.body: one body has to find room')
}

function checkWitnesses({ file: { ledger }, source, flawOfWitness }: Checks): void {
  const witnesses = ledger?.witnesses ?? []
  witnesses.forEach(({ url, vkey }, i) => {
    const path = ['ledger', 'witnesses', i]
    if (!httpUrl(url))
      source.report('error', [...path, 'url'], 'must be a URL such as https://witness.example.com')
    const flaw = flawOfWitness?.(vkey)
    if (flaw !== undefined) source.report('error', [...path, 'vkey'], flaw)
    const first = witnesses.findIndex((other) => other.vkey === vkey)
    if (first < i) source.report('error', [...path, 'vkey'], `repeats the vkey of ledger.witnesses[${first}]`)
  })
}

function checkIdentity({ file: { identity }, source }: Checks): void {
  if (!identity) return
  const issuer = httpUrl(identity.issuer)
  if (!issuer) source.report('error', ['identity', 'issuer'], 'must be a URL such as https://idp.example.com')
  else if (issuer.protocol === 'http:' && !isLoopback(issuer.hostname))
    source.report('error', ['identity', 'issuer'], 'must be https beyond loopback')
  if (!identity.scopes.includes('openid'))
    source.report('error', ['identity', 'scopes'], 'must include openid')
  const { client_secret: secret } = identity
  const path = ['identity', 'client_secret']
  warnOfLiteral(source, secret, path)
  if (secret !== undefined && /[\r\n]/.test(secret)) source.report('error', path, 'must be one line')
}

function checkModels({ file: { models = [] }, source }: Checks): void {
  uniqueNames(models, 'name', ['models'], source)
  models.forEach((model, i) => {
    if (!model) return
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
  const { policy = [], modelNames } = file
  uniqueNames(policy, 'rule', ['policy'], source)
  policy.forEach((rule, i) => {
    if (!rule) return
    for (const list of ['models', 'groups'] as const)
      if (rule[list].includes('*') && rule[list].length > 1)
        source.report('error', ['policy', i, list], 'must be either ["*"] alone, or names')
    if (modelNames) knownNames(rule.models, ['*', ...modelNames], ['policy', i, 'models'], 'model', source)
    if (!detectors || !file.ownDetectors) return
    const known = [...file.ownDetectors, ...detectors]
    for (const direction of ['request', 'reply'] as const)
      knownNames(rule.mask[direction], known, ['policy', i, 'mask', direction], 'detector', source)
  })
  const rules = policy.filter((rule) => rule !== undefined)
  if (file.policy === undefined || rules.length < policy.length) return
  file.models?.forEach((model, i) => {
    if (model && rulesAbout(rules, model.name).length === 0)
      source.report(
        'warning',
        ['models', i, 'name'],
        'no rule of the policy names this model: nobody may use it',
      )
  })
}

/** More names than this help nobody. */
const NAMED_AT_MOST = 12

function knownNames(
  names: readonly string[],
  known: readonly string[],
  path: Path,
  noun: string,
  source: Source,
) {
  names.forEach((name, j) => {
    if (known.includes(name)) return
    const near = nearest(
      name,
      known.filter((candidate) => candidate !== '*'),
    )
    const hint = near ? `; did you mean ${near}?` : ';'
    const others = known.length - NAMED_AT_MOST
    const listed = noun === 'detector' ? ': sluice mask --list-detectors' : ''
    const more = others > 0 ? ` and ${others} more${listed}` : ''
    const allowed = known.slice(0, NAMED_AT_MOST).join(', ')
    source.report('error', [...path, j], `is an unknown ${noun}${hint} Allowed: ${allowed}${more}`)
  })
}

function uniqueNames<K extends string>(
  items: readonly ({ readonly [key in K]: string } | undefined)[],
  key: K,
  path: Path,
  source: Source,
) {
  items.forEach((item, i) => {
    const first = items.findIndex((other) => item && other?.[key] === item[key])
    if (first >= 0 && first < i)
      source.report('error', [...path, i, key], `repeats the ${key} of ${path[0]}[${first}]`)
  })
}
