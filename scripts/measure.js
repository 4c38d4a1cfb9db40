// npm run bench|soak|eval -- NAME [options]: installs what is missing and runs test/bench|soak|eval/NAME.ts.
import { existsSync, readdirSync } from 'node:fs'
import { prepare, root, run } from './toolchain.js'

const [kind, name, ...rest] = process.argv.slice(2)
const folder = `${root}test/${kind}/`
if (!name || !existsSync(`${folder}${name}.ts`)) {
  const names = readdirSync(folder)
    .filter((file) => /^[^.]+\.ts$/.test(file))
    .map((file) => file.slice(0, -3))
  process.stderr.write(`Usage: npm run ${kind} -- NAME [--json]; NAME is one of: ${names.join(', ')}\n`)
  process.exit(2)
}
const node = prepare()
run(node, ['--disable-warning=ExperimentalWarning', 'scripts/build.js'])
process.exit(run(node, [`${folder}${name}.ts`, ...rest], { allowFailure: true }))
