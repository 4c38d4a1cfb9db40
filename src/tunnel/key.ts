// The key of a tunnel. It opens one port of loopback and nothing else: tools hold it where they hold a provider's key.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const PREFIX = 'sk-sluice-'
const KEYS = /sk-sluice-[\w-]*/g

/** The key of a model's tunnels on this machine: always the same, so that tools keep their settings. */
export function keyOfModel(secret: string, gatewayUrl: string, model: string): string {
  return PREFIX + mac(secret, ['key', gatewayUrl, model])
}

/** A key for one tunnel alone. */
export function newKey(): string {
  return PREFIX + randomBytes(32).toString('base64url')
}

/**
 * A request's target, and the key that it begins with: clients of Ollama's API can be given an address and nothing else.
 * What looks like a key goes nowhere from here, also where it is another's.
 */
export function keyInTarget(whole: string): { readonly target: string; readonly inTarget?: string } {
  const [, inTarget, rest = ''] = /^\/(sk-sluice-[^/?#]*)(.*)$/.exec(whole) ?? []
  if (inTarget === undefined) return { target: whole }
  return { target: rest.startsWith('/') ? rest : `/${rest}`, inTarget }
}

/** Whether a request brings the key: before its path, or in any of the places where clients of model APIs put theirs. */
export function bringsKey(headers: IncomingHttpHeaders, key: string, inTarget?: string): boolean {
  const { authorization = '' } = headers
  const brought = [
    /^bearer +(.*)$/i.exec(authorization)?.[1],
    headers['x-api-key'],
    headers['api-key'],
    headers['x-goog-api-key'],
    inTarget,
  ]
  return brought.map((value) => typeof value === 'string' && isSame(value.trim(), key)).includes(true)
}

/** A text in which something that looks like a key is no more. */
export function withoutKeys(text: string): string {
  return text.replace(KEYS, 'KEY')
}

/** What only a tunnel that has the key and listens on this very port answers to a challenge. */
export function proofOf(key: string, port: number, challenge: string): string {
  return mac(key, ['front', port, challenge])
}

/** Compares in a time that says nothing of either text. */
export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function mac(secret: string, text: readonly unknown[]): string {
  return createHmac('sha256', secret).update(JSON.stringify(text)).digest('base64url')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
