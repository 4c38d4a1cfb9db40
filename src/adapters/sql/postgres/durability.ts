// What a server must promise before a store rests on it: that a commit which it tells is one that it can't lose.
import type pg from 'pg'
import { SluiceError } from '../../../base/errors.ts'

interface Settings {
  readonly fsync: string
  readonly synchronous_commit: string
  readonly standbys_named: string
  readonly standbys: number
  readonly recovering: boolean
  readonly read_only: string
  readonly encoding: string
}

// Backups and logical subscribers are no copies that anyone fails over to.
const SETTINGS = `
  SELECT current_setting('fsync') AS fsync,
         current_setting('synchronous_commit') AS synchronous_commit,
         current_setting('synchronous_standby_names') AS standbys_named,
         (SELECT count(*)::int FROM pg_stat_replication r
           WHERE r.state IS DISTINCT FROM 'backup'
             AND NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
         ) AS standbys,
         pg_is_in_recovery() AS recovering,
         current_setting('transaction_read_only') AS read_only,
         current_setting('server_encoding') AS encoding`

/** Throws ERR_STORE where the server of the store `shown` may lose what it has told to be committed. */
export async function refuseLossy(client: pg.Client, shown: string): Promise<void> {
  const { rows } = await client.query<Settings>(SETTINGS)
  const [why, nextStep] = (rows[0] && lossy(rows[0])) ?? []
  if (why !== undefined && nextStep !== undefined)
    throw new SluiceError('ERR_STORE', `The store in ${shown} can't be used: ${why}.`, {
      nextSteps: [nextStep],
    })
}

function lossy(server: Settings): readonly [why: string, nextStep: string] | undefined {
  if (server.recovering || server.read_only === 'on')
    return ['it is read-only', 'Name the primary in "store", not a standby.']
  if (server.encoding !== 'UTF8')
    return [
      `its encoding is ${server.encoding}, not UTF8`,
      "Create the database anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
    ]
  if (server.fsync !== 'on')
    return ['its server has fsync off, so a power cut loses commits', 'Set fsync = on in postgresql.conf.']
  if (server.synchronous_commit === 'off')
    return [
      'its synchronous_commit is off, so a crash loses commits',
      'ALTER ROLE … SET synchronous_commit = on (or set it for the database, or the server).',
    ]
  if (server.standbys_named === '' && server.standbys > 0)
    return [
      'its server replicates without waiting for a standby, so a failover loses commits',
      'Name the standbys to wait for in synchronous_standby_names.',
    ]
  if (server.standbys_named !== '' && !['on', 'remote_apply'].includes(server.synchronous_commit))
    return [
      `its synchronous_commit is ${server.synchronous_commit}, so a failover loses commits`,
      'ALTER ROLE … SET synchronous_commit = on (or remote_apply).',
    ]
  return undefined
}
