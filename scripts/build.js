// src/**/*.ts → dist/**/*.js by erasing types (docs/decisions/0002). Needs no compiler, so a fresh clone builds in
// milliseconds; `npm run check` has tsc prove the types. Writes only what changed, so the compile cache stays warm.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = list(join(root, 'src')).filter((path) => path.endsWith('.ts'))
const built = new Set()
for (const path of sources) {
  const target = join(root, 'dist', path.slice(join(root, 'src').length).replace(/\.ts$/, '.js'))
  built.add(target)
  const code = stripTypeScriptTypes(readFileSync(path, 'utf8'), { mode: 'strip' })
  const js = code.replace(
    /((?:from|import)\s*\(?\s*|new URL\(\s*)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g,
    '$1$2$3.js$2',
  )
  if (read(target) === js) continue
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, js)
}
for (const path of list(join(root, 'dist'))) if (!built.has(path)) rmSync(path)

function list(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
