// What every npm script starts with: the packages that it needs, and a Node that is new enough.
// Runs on whatever Node the system has (18 or newer), before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const pkg = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

/** Installs what is missing. `runtime` leaves the test tools out. Returns the path of a Node that can run sluice. */
export function prepare({ runtime = false } = {}) {
  const wanted = runtime ? pkg.dependencies : { ...pkg.dependencies, ...pkg.devDependencies }
  const missing = Object.entries(wanted).filter(([name, version]) => installedVersion(name) !== version)
  if (missing.length > 0) {
    say(`Installing ${missing.length} packages${runtime ? ' (runtime only)' : ''} …`)
    npm(['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(runtime ? ['--omit=dev'] : [])])
  }
  return findNode()
}

/** Runs a program on the prepared Node with node_modules/.bin first on PATH; ends this process when it fails. */
export function run(node, args, { env = {}, allowFailure = false } = {}) {
  const path = [
    `${root}node_modules/.bin`,
    fileURLToPath(new URL('.', `file://${node}`)),
    process.env.PATH,
  ].join(delimiter)
  const result = spawnSync(node, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env, PATH: path },
  })
  if (result.status !== 0 && !allowFailure) process.exit(result.status ?? 1)
  return result.status ?? 1
}

/**
 * Runs tests. tap comes built with a TypeScript compiler of its own, which .taprc leaves out (Node runs TypeScript as it
 * is), so it is built once without.
 */
export function runTests(node, args) {
  const built = `${root}node_modules/@tapjs/test/test-built/dist/esm/index.js`
  const tap = 'node_modules/tap/dist/esm/run.mjs'
  if (readFileSync(built, 'utf8').includes('@tapjs/typescript')) run(node, [tap, 'build'])
  return run(node, [tap, 'run', ...args], { allowFailure: true })
}

function findNode() {
  const own = [`${root}node_modules/node/bin/node`, `${root}.toolchain/node_modules/node/bin/node`].find(
    existsSync,
  )
  if (own) return own
  const [major, minor] = process.versions.node.split('.').map(Number)
  const [needMajor, needMinor] = pkg.engines.node
    .replace(/[^\d.]/g, '')
    .split('.')
    .map(Number)
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return process.execPath
  say(`This Node is ${process.versions.node}; fetching Node ${pkg.devDependencies.node} for this checkout …`)
  npm([
    'install',
    '--prefix',
    `${root}.toolchain`,
    '--no-save',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `node@${pkg.devDependencies.node}`,
  ])
  return findNode()
}

function installedVersion(name) {
  try {
    return JSON.parse(readFileSync(`${root}node_modules/${name}/package.json`, 'utf8')).version
  } catch {
    return undefined
  }
}

function npm(args) {
  const result = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (result.status === 0) return
  say(
    `npm ${args[0]} failed (exit ${result.status}). Check the network or the npm registry setting, then run this again.`,
  )
  process.exit(1)
}

function say(line) {
  process.stderr.write(`${line}\n`)
}
