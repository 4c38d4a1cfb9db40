// What is in force, as the ledger names it: canonical JSON, told by its digest and kept beside, for auditors to read.
import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '../base/canonical-json.ts'
import type { KeptText } from './gateway-config.ts'
import type { ConfigFile } from './schema.ts'

const NOT_KEPT = '(a secret, not kept)'
const SECRET = /^\.(?:identity\.client_secret|models\.\d+\.credentials\.(?:bearer|value)|masking\.hash_key)$/
const REFERENCE = /\$\{[^}]*\}/g
// User and password of a database's address.
const USERINFO = /^([a-z]+:\/\/)[^/]*@/

/** What decides who may use which model and what is masked, and how; not the key, which nobody could compare. */
export function policyInForce({ policy, masking: { hash_key: _, ...masking } }: ConfigFile): KeptText {
  const { detectors, mode, modes } = masking
  const isSaid = mode !== 'redact' || Object.keys(modes).length + Object.keys(detectors).length > 0
  return kept((isSaid ? { masking, policy } : policy) as Json)
}

/** The file as it is written: secrets as their references, and those that stand in it not at all. */
export function configurationInForce(written: unknown): KeptText {
  return kept(withoutSecrets(written as Json))
}

function withoutSecrets(value: Json, path = ''): Json {
  if (typeof value === 'string') return textWithoutSecret(value.toWellFormed(), path)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item, at) => withoutSecrets(item as Json, `${path}.${at}`))
  const members = Object.entries(value).map(([key, inner]) => [
    key,
    withoutSecrets(inner as Json, `${path}.${key}`),
  ])
  return Object.fromEntries(members) as Json
}

function textWithoutSecret(text: string, path: string): string {
  if (path === '.store') return text.replace(USERINFO, `$1${NOT_KEPT}@`)
  if (!SECRET.test(path)) return text
  return text.match(REFERENCE)?.join('') ?? NOT_KEPT
}

function kept(value: Json): KeptText {
  const text = canonicalJson(value)
  return { text, digest: createHash('sha256').update(text).digest('hex') }
}
