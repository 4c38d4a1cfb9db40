// What the CLI reads of the ledger: checkpoint, consistency, and entries to follow (docs/gateway-api.md, Audit).
import type { IncomingMessage, ServerResponse } from 'node:http'
import { statedSize } from '../audit/checkpoint.ts'
import { follow } from '../audit/follow.ts'
import type { FollowEvent, FollowRequest } from '../audit/follow.ts'
import type { EntryLog } from '../audit/log.ts'
import type { CosignedNotes } from '../audit/published.ts'
import { encodeReceipt } from '../audit/receipt.ts'
import { SluiceError } from '../base/errors.ts'
import type { Caller } from '../terms/subject.ts'

export interface AuditApiParts {
  readonly log: EntryLog
  /** What witnesses have cosigned; nothing where it is left out. */
  readonly cosigned?: CosignedNotes
  /** Receipts of the entries that tell what the ledger lost (audit/recovery.ts); none where left out. */
  readonly recoveries?: readonly string[]
  /** The name of a subject, for readers who may see everyone's entries; undefined once it was erased. */
  nameOf(subject: string): Promise<string | undefined>
  /** The text of that SHA-256 (hex) that is kept beside the ledger: a policy, a configuration. */
  textOf(digest: string): Promise<string | undefined>
  /** Calls back when a sign-in ends before its time: its reader is cut off. Returns how to stop. */
  onRevoked?(listener: (signIn: string) => void): () => void
  /** Replies that stay open end when this aborts. */
  readonly stopping?: AbortSignal
  /** How often a reply that stays open says that it is alive. */
  readonly heartbeatMs?: number
}

const HEARTBEAT_MS = 15_000

/** Answers the paths below /api/v1/audit/. Rejects before anything is sent; later faults reset the connection. */
export function auditApi(
  parts: AuditApiParts,
): (caller: Caller, request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (caller, request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://gateway')
    if (pathname === '/api/v1/audit/checkpoint') {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
      response.end(await parts.log.checkpoint())
    } else if (pathname === '/api/v1/audit/consistency') {
      const hashes = base64(await consistency(parts.log, searchParams))
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify({ hashes }))
    } else if (pathname === '/api/v1/audit/cosigned') {
      const note = parts.cosigned?.(searchParams.get('witness') ?? undefined)
      if (note === undefined) throw new SluiceError('ERR_NOT_FOUND', 'No checkpoint is cosigned so.')
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
      response.end(note)
    } else if (pathname === '/api/v1/audit/recoveries') {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(parts.recoveries ?? []))
    } else if (pathname === '/api/v1/audit/receipt') {
      const text = await receipt(parts.log, caller, searchParams)
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
      response.end(text)
    } else if (pathname === '/api/v1/audit/text') {
      const text = await keptText(parts, caller, searchParams)
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(text)
    } else if (pathname === '/api/v1/audit/follow') {
      await sendFollow(parts, caller, searchParams, response)
    } else {
      throw new SluiceError('ERR_NOT_FOUND', 'The gateway’s audit API has no such path.')
    }
  }
}

async function consistency(log: EntryLog, query: URLSearchParams): Promise<readonly Uint8Array[]> {
  const from = whole(query, 'from') ?? 0
  const to = whole(query, 'to') ?? 0
  const size = statedSize(await log.checkpoint())
  if (from > 0 && from <= to && to <= size) return log.consistency(from, to)
  throw invalid(`"from" and "to" must be sizes, 0 < from ≤ to ≤ ${size}`)
}

async function receipt(log: EntryLog, caller: Caller, query: URLSearchParams): Promise<string> {
  const index = whole(query, 'entry')
  if (index === undefined) throw invalid('"entry" must be an index')
  const note = await log.checkpoint()
  const size = statedSize(note)
  const { id: subject, roles } = caller.subject
  const own = roles.includes('auditor') ? {} : { subject }
  const [found] = await log.read({ from: index, below: Math.min(index + 1, size), limit: 1, ...own })
  if (!found) throw noEntry(index, size, roles.includes('auditor'))
  return encodeReceipt({ index, entry: found.text, path: await log.inclusion(index, size), note })
}

// Whether it is another's is not told, but to auditors, for whom it isn't.
function noEntry(index: number, size: number, isAuditor: boolean): SluiceError {
  if (isAuditor)
    return new SluiceError('ERR_NOT_FOUND', `There is no entry ${index} on record: there are ${size}.`)
  return new SluiceError('ERR_NOT_FOUND', `There is no entry ${index} of yours on record.`, {
    nextSteps: ['sluice audit tail, to see your own entries', 'Entries of others are for auditors.'],
  })
}

async function keptText(parts: AuditApiParts, caller: Caller, query: URLSearchParams): Promise<string> {
  if (!caller.subject.roles.includes('auditor')) {
    throw new SluiceError('ERR_FORBIDDEN', 'What policies and configurations say is for auditors.')
  }
  const digest = query.get('digest') ?? ''
  if (!/^[0-9a-f]{64}$/.test(digest)) throw invalid('"digest" must be a SHA-256 in hex')
  const text = await parts.textOf(digest)
  if (text !== undefined) return text
  throw new SluiceError('ERR_NOT_FOUND', 'No text of this digest is kept here.', {
    nextSteps: ['Take it from an entry: policy of a decision, policy or configuration of gateway-started.'],
  })
}

async function sendFollow(
  parts: AuditApiParts,
  caller: Caller,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const ended = new AbortController()
  const signal = parts.stopping ? AbortSignal.any([ended.signal, parts.stopping]) : ended.signal
  const end = () => ended.abort()
  // Whoever left while the caller was looked up is told by no event any more.
  response.on('close', end)
  if (response.destroyed) end()
  const request = await followRequest(parts.log, caller, query, signal)
  // A reader's rights end with the token: the CLI comes back with a new one.
  const expiry = setTimeout(end, Math.min(caller.expiresAt - Date.now(), 2 ** 31 - 1))
  const stopListening = parts.onRevoked?.((signIn) => signIn === caller.signIn && end())
  const heart = setInterval(() => {
    if (response.headersSent && !response.writableNeedDrain) response.write('{"heartbeat":true}\n')
  }, parts.heartbeatMs ?? HEARTBEAT_MS)
  const names = namesFor(parts, caller)
  try {
    for await (const event of follow(parts.log, request)) {
      if (!response.headersSent) {
        response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
      }
      if (!response.write(await linesOf(event, names))) await drained(response, signal)
    }
    response.end()
  } finally {
    clearInterval(heart)
    clearTimeout(expiry)
    stopListening?.()
    response.off('close', end)
  }
}

async function followRequest(
  log: EntryLog,
  caller: Caller,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<FollowRequest> {
  const everyone = query.get('all') === '1'
  if (everyone && !caller.subject.roles.includes('auditor')) {
    throw new SluiceError('ERR_FORBIDDEN', 'Everyone’s entries are for auditors.', {
      nextSteps: ['Leave out --all to see your own.'],
    })
  }
  const after = whole(query, 'after')
  const since = query.get('since')
  const time = since === null ? undefined : Date.parse(since)
  if (Number.isNaN(time)) throw invalid('"since" must be a time as in RFC 3339')
  return {
    from: Math.max(after === undefined ? 0 : after + 1, time === undefined ? 0 : await log.firstSince(time)),
    live: query.get('follow') === '1',
    pinned: whole(query, 'pinned') ?? 0,
    signal,
    ...(everyone ? {} : { subject: caller.subject.id }),
  }
}

type Names = (text: string) => Promise<string | undefined>

/** The name of an entry's subject, each looked up once per reader. */
function namesFor(parts: AuditApiParts, caller: Caller): Names {
  const known = new Map<string, Promise<string | undefined>>([
    [caller.subject.id, Promise.resolve(caller.subject.name)],
  ])
  return async (text) => {
    const { subject } = JSON.parse(text) as { subject?: string }
    if (subject === undefined) return undefined
    let name = known.get(subject)
    if (!name) known.set(subject, (name = parts.nameOf(subject)))
    return name
  }
}

async function linesOf(event: FollowEvent, names: Names): Promise<string> {
  if (event.kind === 'checkpoint') {
    return `${JSON.stringify({ checkpoint: event.note, consistency: base64(event.consistency) })}\n`
  }
  const lines = event.entries.map(async ({ index, text, inclusion }) => {
    const name = await names(text)
    return `${JSON.stringify({ index, entry: text, inclusion: base64(inclusion), name })}\n`
  })
  return (await Promise.all(lines)).join('')
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    if (signal.aborted || response.destroyed) return resolve()
    response.on('drain', done)
    signal.addEventListener('abort', done)
  })
}

function base64(hashes: readonly Uint8Array[]): string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('base64'))
}

function whole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw invalid(`"${name}" must be a whole number`)
}

function invalid(what: string): SluiceError {
  return new SluiceError('ERR_REQUEST_INVALID', `${what[0]?.toUpperCase()}${what.slice(1)}.`)
}
