// The ledger as anyone's verifier reads it, for auditors: https://c2sp.org/tlog-tiles below /ledger/.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { EntryLog } from '../audit/log.ts'
import { filesOf } from '../audit/published.ts'
import type { CosignedNotes, ServedReceipts } from '../audit/published.ts'
import { SluiceError } from '../base/errors.ts'
import type { Caller } from '../terms/subject.ts'

const PREFIX = '/ledger/'
// What only auditors may read is for no cache but their own.
const FOR_EVER = 'private, max-age=31536000, immutable'
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
    const isCheckpoint = !path.startsWith('tile/')
    response.setHeader(
      'content-type',
      isCheckpoint ? 'text/plain; charset=utf-8' : 'application/octet-stream',
    )
    response.setHeader('cache-control', isCheckpoint ? 'no-cache' : FOR_EVER)
    response.end(path.startsWith('tile/entries/') ? await asAccepted(bytes, request, response) : bytes)
  }
}

// Entries are text, and shrink to a third; hashes would not.
async function asAccepted(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Uint8Array> {
  response.setHeader('vary', 'accept-encoding')
  if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(request.headers['accept-encoding'] ?? '')))
    return bytes
  response.setHeader('content-encoding', 'gzip')
  return compress(bytes, { level: constants.Z_BEST_SPEED })
}
