// Tables of states, row by row, that grow as states are met.

/** What stands where nobody has looked yet. */
export const UNKNOWN = -1

/** A table without rows. */
export const NO_TABLE = new Int32Array(0)

/** A longer table with the same beginning, the rest of it unknown. */
export function grown(table: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length).fill(UNKNOWN)
  longer.set(table)
  return longer
}
