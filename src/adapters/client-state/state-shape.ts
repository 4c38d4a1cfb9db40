// What the client's state must look like: people edit it, and what it says ends up in shells, URLs and proofs.
import { verifierOf } from '../../audit/note.ts'
import type { GatewayRecord } from '../../login/client-state.ts'

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string'
const texts: Check = (value) => Array.isArray(value) && value.every(text)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const shaped =
  (shape: { readonly [name: string]: Check }): Check =>
  (value) =>
    isObject(value) && Object.entries(shape).every(([name, check]) => check(value[name]))
const portsByModel: Check = (value) => isObject(value) && Object.values(value).every(isPort)

const isAcceptedLoss = shaped({
  entry: isSize,
  time: isTime,
  restored: isSize,
  lost: isSize,
  pin: optional(text),
})

const RECORD: { readonly [name in keyof Required<GatewayRecord>]: Check } = {
  url: (value) => typeof value === 'string' && URL.parse(value)?.origin === value,
  issuer: text,
  ledger: shaped({ origin: text, vkey: isVerifierKey }),
  subject: optional(shaped({ id: text, name: text })),
  signInExpiresAt: optional(isTime),
  keychain: optional((value) => value === 'keychain' || value === 'file'),
  ca: optional(text),
  pin: optional(text),
  pinnedAt: optional(isTime),
  recovered: optional((value) => Array.isArray(value) && value.every(isAcceptedLoss)),
  models: optional(texts),
  ports: optional(portsByModel),
  lastPorts: optional(portsByModel),
  dialects: optional((value) => isObject(value) && Object.values(value).every(texts)),
}

/** What is wrong with a state, in words; undefined where nothing is. */
export function faultOf(state: unknown): string | undefined {
  if (!isObject(state)) return 'it is damaged'
  if (state['v'] !== 1) return 'it is of another version'
  const { current, gateways } = state
  if (!isObject(gateways)) return '"gateways" is not what it should be'
  if (!optional(text)(current)) return '"current" is not what it should be'
  for (const [url, record] of Object.entries(gateways)) {
    if (!isObject(record)) return `${url} is not what it should be`
    const [wrong] = Object.entries(RECORD).find(([name, check]) => !check(record[name])) ?? []
    if (wrong !== undefined) return `"${wrong}" of ${url} is not what it should be`
    if (record['url'] !== url) return `"url" of ${url} is another`
  }
  return undefined
}

function isVerifierKey(value: unknown): boolean {
  try {
    return typeof value === 'string' && verifierOf(value).name !== ''
  } catch {
    return false
  }
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value))
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= 65_535
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
