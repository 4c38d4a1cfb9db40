// The ledger as anyone's verifier reads it, for auditors: https://c2sp.org/tlog-tiles below /ledger/.
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { EntryLog } from '../audit/log.ts'
import { filesOf } from '../audit/published.ts'
import type { CosignedNotes, ServedReceipts } from '../audit/published.ts'
import { SluiceError } from '../base/errors.ts'
import type { Caller } from '../terms/subject.ts'

const PREFIX = '/ledger/'
// What only auditors may read is for no cache but their own. A tile is written once, but a store that is put back from a
// backup goes on with others in the same places: a cache that didn't ask would show what is no more, beside a checkpoint of what is.
const ASK_FIRST = 'private, no-cache'
const compress = promisify(gzip)

/** Answers GET below /ledger/. Rejects before anything is sent: with ERR_FORBIDDEN, or ERR_NOT_FOUND. */
export function ledgerApi(
  log: EntryLog,
  cosigned?: CosignedNotes,
  receipts?: ServedReceipts,
): (caller: Caller, request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const read = filesOf(log, cosigned, receipts)
  return async (caller, request, response) => {
    if (!caller.subject.roles.includes('auditor')) {
      throw new SluiceError('ERR_FORBIDDEN', 'The whole ledger is for auditors.', {
        nextSteps: ['sluice audit tail, to see your own entries', 'Ask the gateway’s operator for the role.'],
      })
    }
    const path = request.url?.slice(PREFIX.length) ?? ''
    const bytes = await read(path)
    if (!bytes) throw new SluiceError('ERR_NOT_FOUND', 'The ledger has no such file.')
    if (!path.startsWith('tile/')) {
      response.setHeader('content-type', 'text/plain; charset=utf-8')
      response.setHeader('cache-control', 'no-cache')
      return void response.end(bytes)
    }
    response.setHeader('content-type', 'application/octet-stream')
    response.setHeader('cache-control', ASK_FIRST)
    // Weak: gzipped or not, it is the same.
    const tag = `W/"${createHash('sha256').update(bytes).digest('base64url')}"`
    response.setHeader('etag', tag)
    const isOfEntries = path.startsWith('tile/entries/')
    if (isOfEntries) response.setHeader('vary', 'accept-encoding')
    if (isKept(tag, request)) return void response.writeHead(304).end()
    response.end(isOfEntries ? await asAccepted(bytes, request, response) : bytes)
  }
}

// RFC 9110 §13.1.2
function isKept(tag: string, { headers }: IncomingMessage): boolean {
  const kept = headers['if-none-match']
  const bare = (one: string) => one.trim().replace(/^W\//, '')
  return kept !== undefined && (kept.trim() === '*' || kept.split(',').map(bare).includes(bare(tag)))
}

// Entries are text, and shrink to a third; hashes would not.
async function asAccepted(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Uint8Array> {
  if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(request.headers['accept-encoding'] ?? '')))
    return bytes
  response.setHeader('content-encoding', 'gzip')
  return compress(bytes, { level: constants.Z_BEST_SPEED })
}
