#!/usr/bin/env node
// Entry of the CLI. Plain JavaScript that any Node parses, so that one too old gets a clear line and no syntax error.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
const pkg = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
const needed = pkg.engines.node.replace(/[^\d.]/g, '')

if (isOlder(process.versions.node, needed)) handOver()
else await run()

async function run() {
  const args = process.argv.slice(2)
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) {
    process.stdout.write(
      `sluice/${pkg.version} ${process.platform}-${process.arch} node-${process.version}\n`,
    )
    return
  }
  nodeModule.enableCompileCache?.()
  if (!existsSync(new URL('dist/cli/main.js', root))) {
    process.stderr.write('sluice is not built yet. Run: npm run build\n')
    process.exitCode = 70
    return
  }
  // Shell prompts ask this at every line, so it doesn't wait for the command framework.
  if (args.length === 1 && args[0] === 'whoami') {
    const { quickWhoami } = await import('../dist/assembly/whoami.js')
    return quickWhoami()
  }
  // Neither does a shell that completes what is being typed.
  if (args[0] === 'complete' && /^\d+$/.test(args[1])) {
    const { printCompletion } = await import('../dist/assembly/complete.js')
    return printCompletion(args.slice(1), root)
  }
  const { main } = await import('../dist/cli/main.js')
  await main(args, import.meta.url)
}

/** On a Node that is too old: go on in the checkout's own Node (a dev dependency) where there is one. */
function handOver() {
  const own = ['node_modules/node/bin/node', '.toolchain/node_modules/node/bin/node']
    .map((path) => fileURLToPath(new URL(path, root)))
    .find((path) => existsSync(path))
  if (!own) {
    process.stderr.write(
      `sluice needs Node ${needed} or newer; this is ${process.versions.node} (${process.execPath}). Install a newer Node and run it again.\n`,
    )
    process.exitCode = 69
    return
  }
  const child = spawn(own, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    } else process.exitCode = code ?? 70
  })
}

function isOlder(version, than) {
  const a = version.split('.').map(Number)
  const b = than.split('.').map(Number)
  for (let i = 0; i < b.length; i++) if ((a[i] ?? 0) !== b[i]) return (a[i] ?? 0) < b[i]
  return false
}
