// Why a database can't be used, as PostgreSQL (its SQLSTATE) and the system name it, in words; and what to do about it.
import { SluiceError } from '../../../base/errors.ts'
import { FENCED } from './statements.ts'

export interface Reason {
  /** Completes "the store in … can't be used:". */
  readonly why: string
  readonly nextStep: string
}

const REACH = 'See that the server runs, and that "store" names its host and port.'
const RIGHTS =
  'Let the user of "store" connect, and create tables in its database: GRANT CREATE ON SCHEMA public TO …'
const WAIT = 'It is tried again; see the server’s log.'
const TRUST =
  'Name the authority of its certificate: ?sslrootcert=PATH (or, on a network of your own, sslmode=disable).'

/** Of a turn that counts on a fence which is another one by now. */
export const RAISED = 'another gateway has raised the fence'

const REASONS: readonly (readonly [code: RegExp, why: string, nextStep: string])[] = [
  [/^ECONNREFUSED$/, 'nothing listens there', REACH],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'its host has no address', REACH],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TIMEOUT)$/, 'it does not answer', REACH],
  [/^(ECONNRESET|EPIPE|CONNECTION|57P01|57P02|57P05|25P03|08...)$/, 'the connection was lost', WAIT],
  [/^57P03$/, 'the server is starting or stopping', WAIT],
  [/^28P01$/, 'its user or password is wrong', 'Mend the user and password in "store".'],
  [/^28000$/, 'the server lets this user not in', 'See pg_hba.conf on the server, and the user in "store".'],
  [/^3D000$/, 'there is no such database', 'Create it: CREATE DATABASE …'],
  [/^42501$/, 'its user has not the rights', RIGHTS],
  [/^53300$/, 'the server has no connection left', 'Raise max_connections, or end other clients.'],
  [/^(53100|58030)$/, 'the server’s disk is full or fails', 'See to the disk of the database server.'],
  [new RegExp(`^${FENCED}$`), RAISED, WAIT],
  [/^25006$/, 'it is read-only', 'Name the primary in "store", not a standby.'],
  [/^TLS$/, 'the server does not speak TLS', TRUST],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'its certificate is for another host',
    'Name the host in "store" as its certificate does.',
  ],
  [
    /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    'its certificate is not valid now',
    'Renew the certificate of the server; see that the clocks are right.',
  ],
  [/^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|CERT_|ERR_TLS_)/, 'its certificate is not trusted', TRUST],
]

/** Of a batch that is to be the next, and is not. */
export const GONE_ON = 'another gateway has gone on with the ledger meanwhile'

/** Whether a turn was refused because the fence is not the one that it counts on. */
export function isFenced(thrown: unknown): boolean {
  return codeOf(thrown) === FENCED
}

/** What is found wrong here, not by the server; its message is such a reason. */
export class TurnFault extends Error {}

/** What is the matter with the database. */
export function reasonOf(thrown: unknown): Reason {
  if (thrown instanceof TurnFault) return { why: thrown.message, nextStep: WAIT }
  const code = codeOf(thrown)
  const [, why, nextStep] = REASONS.find(([pattern]) => pattern.test(code)) ?? []
  if (why === undefined || nextStep === undefined)
    return { why: `it answers ${code}`, nextStep: 'See the server’s log.' }
  return { why: `${why} (${code})`, nextStep }
}

/** What a start is refused with, whatever went wrong with the store `shown`. */
export function refusalOf(thrown: unknown, shown: string): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const { why, nextStep } = reasonOf(thrown)
  const message = `The store in ${shown} can't be used: ${why}.`
  return new SluiceError('ERR_STORE', message, { cause: thrown, nextSteps: [nextStep] })
}

// pg tells some failures by their words alone. Those of the server may hold values, and are not passed on.
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'an unknown error'
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code
  if (/timeout/i.test(thrown.message)) return 'TIMEOUT'
  if (/terminated|not queryable|ended|closed/i.test(thrown.message)) return 'CONNECTION'
  if (/does not support SSL/.test(thrown.message)) return 'TLS'
  return thrown.name
}
