// The labelled data, which is not part of this repository: looked for beside it.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const folder =
  process.env['SLUICE_EVAL_DATA'] ??
  fileURLToPath(new URL('../../../../shared/data/masking/', import.meta.url))

/** The lines or the array of a gzipped file of JSON; undefined where there is no such file. */
export function labelled<T>(name: string): readonly T[] | undefined {
  const path = `${folder}/${name}`
  if (!existsSync(path)) return undefined
  const text = gunzipSync(readFileSync(path)).toString('utf8')
  if (!name.endsWith('.jsonl.gz')) return JSON.parse(text) as T[]
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}
