// The statements of the store that are PostgreSQL's own; the others are built in queries.ts.
import { TILE_WIDTH } from '../../../audit/tiles.ts'

export const CHANNEL = 'sluice_ledger'

/**
 * Waits for one's turn, and has it until the transaction's end. First come, first served; a lock on the row alone would
 * let the quickest in.
 */
export const TURN = `SELECT pg_advisory_xact_lock('checkpoint'::regclass::oid::bigint | (1936747891::bigint << 32))`

/** Begins a writer's turn: nobody else writes until it commits. `gateway` is an id of our own making. */
export function beginTurn(gateway: string): string {
  return `BEGIN; ${TURN};
    SELECT note, fence, (SELECT latest FROM leaf ORDER BY idx DESC LIMIT 1) AS latest,
           (SELECT idx FROM leaf ORDER BY idx DESC LIMIT 1) AS last,
           EXISTS (SELECT FROM gateway WHERE id = '${gateway}') AS registered
      FROM checkpoint FOR UPDATE`
}

/** The SQLSTATE (PostgreSQL, appendix A) by which the server tells that the fence is not the one that a turn counts on. */
export const FENCED = '22P02'

/** SQL that fails with `FENCED` where the condition does not hold; the server's log shows why. */
function mustHold(condition: string): string {
  return `(CASE WHEN ${condition} THEN '1' ELSE 'sluice: another gateway had a turn, so this one is taken anew' END)::int`
}

/**
 * Begins a turn of a gateway that takes `fence` for what it was: fails with `FENCED` where it isn't, and the server refuses
 * whatever comes after, up to the commit.
 */
export function beginNextTurn(fence: number): string {
  return `BEGIN; ${TURN}; SELECT ${mustHold(`fence = ${fence}`)} AS held FROM checkpoint FOR UPDATE`
}

/** What `beginTurn` tells. */
export interface Found {
  readonly note: string
  readonly fence: number
  /** The newest entry's `latest` and index; null in an empty ledger. */
  readonly latest: number | null
  readonly last: number | null
  /** Whether this gateway is one of those that live. */
  readonly registered: boolean
}

/**
 * Everything of a batch's leaves at once; fails with `FENCED` where the fence is another. Texts and subjects
 * hold no line break; tiles are one after the other in the hashes, each at a place (from 1) and so many bytes long.
 * first index, texts, latests, subjects, levels, numbers, places, lengths, hashes, opened, gateway, closed, note, fence
 */
export const APPEND = `
  WITH appended AS (
    INSERT INTO leaf (idx, latest, subject, text)
    SELECT $1::bigint + at - 1, latest, subject, text
      FROM unnest(string_to_array($2, E'\\n'), string_to_array($3, E'\\n')::bigint[], string_to_array($4, E'\\n', ''))
           WITH ORDINALITY AS entry (text, latest, subject, at)
  ), tiled AS (
    INSERT INTO tile (level, number, hashes)
    SELECT level, number, substr($9::bytea, at, length)
      FROM unnest($5::int[], $6::bigint[], $7::int[], $8::int[]) AS tile (level, number, at, length)
    ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes
  ), opened AS (
    INSERT INTO open_decision (idx, gateway) SELECT idx, $11 FROM unnest($10::bigint[]) AS idx
  ), closed AS (
    DELETE FROM open_decision WHERE idx = ANY ($12::bigint[])
  ), signed AS (
    UPDATE checkpoint SET note = $13 WHERE fence = $14 RETURNING 1
  )
  SELECT ${mustHold('EXISTS (SELECT FROM signed)')} AS held, pg_notify('${CHANNEL}', split_part($13, E'\\n', 2))`

/** levels, numbers */
export const TILES = `
  SELECT level, number, hashes FROM tile
   WHERE (level, number) IN (SELECT * FROM unnest($1::int[], $2::bigint[]))`

/** indices */
export const TEXTS = 'SELECT idx, text FROM leaf WHERE idx = ANY ($1::bigint[]) ORDER BY idx'

/** gateway */
export const OWN_DECISIONS = `
  SELECT leaf.idx, leaf.text FROM open_decision JOIN leaf USING (idx) WHERE gateway = $1 ORDER BY idx`

const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/** lease in milliseconds → the checkpoint, whether there are entries, and whether a gateway lives */
export const BEGUN = `
  SELECT note, EXISTS (SELECT FROM leaf) AS leaves,
         EXISTS (SELECT FROM gateway WHERE seen_at >= ${NOW} - $1::bigint) AS served
    FROM checkpoint`

/** lease in milliseconds → whether the server runs for less than that */
export const JUST_STARTED = `
  SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time()) * 1000 < $1::bigint AS just`

/** gateway */
export const REGISTER = `
  INSERT INTO gateway (id, seen_at) VALUES ($1, ${NOW}) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`

/** gateway; only where it is still one of those that live */
export const STILL_HERE = `UPDATE gateway SET seen_at = ${NOW} WHERE id = $1`

/** gateway */
export const UNREGISTER = 'DELETE FROM gateway WHERE id = $1'

const LIVES = (lease: string) =>
  `SELECT FROM gateway g WHERE g.id = d.gateway AND g.seen_at >= ${NOW} - ${lease}`

/** lease in milliseconds → whether anything waits for `ORPHANS` */
export const ANY_ORPHAN = `
  SELECT EXISTS (SELECT FROM open_decision d WHERE NOT EXISTS (${LIVES('$1::bigint')})) AS any`

/** Decisions whose gateway has gone, a batch of them. lease in milliseconds */
export const ORPHANS = `
  SELECT leaf.idx, leaf.text FROM open_decision d JOIN leaf USING (idx)
   WHERE NOT EXISTS (${LIVES('$1::bigint')}) ORDER BY idx LIMIT ${TILE_WIDTH}`

/** lease in milliseconds, this gateway */
export const FORGET_GATEWAYS = `DELETE FROM gateway WHERE seen_at < ${NOW} - $1::bigint AND id <> $2`
