// What a tunnel prints under --json: one object a line, told apart by `event`.
import type { RequestTold } from './tunnel-lines.ts'

interface SessionTold {
  readonly id: string
  readonly signInExpiresAt: number
  readonly model: {
    readonly name: string
    readonly dialects: readonly string[]
    readonly mask: object
    readonly record: string
  }
  readonly subject: { readonly id: string; readonly name: string }
}

export function listeningObject(
  { url, port, access }: { readonly url: string; readonly port: number; readonly access: string },
  session: SessionTold,
): object {
  const { id, model, subject, signInExpiresAt } = session
  return {
    event: 'listening',
    url,
    port,
    access,
    session: id,
    model: model.name,
    dialects: model.dialects,
    mask: model.mask,
    record: model.record,
    subject,
    signInExpiresAt: new Date(signInExpiresAt).toISOString(),
  }
}

export function requestObject(told: RequestTold & { readonly error?: { readonly code: string } }): object {
  const { at, error, ...rest } = told
  return {
    event: 'request',
    time: new Date(at).toISOString(),
    ...rest,
    ...(error && { error: { code: error.code, message: error.message } }),
  }
}

export function closedObject(
  signal: string,
  { requests, cutOff, refused }: { requests: number; cutOff: number; refused: number },
): object {
  return { event: 'closed', reason: signal, requests, cutOff, refused }
}
