// npm run check: types, lint, format, unused code, the manifest, and the import table, each with its own line.
import { prepare, run, runTests } from './toolchain.js'

const node = prepare()
const steps = [
  ['build', ['--disable-warning=ExperimentalWarning', 'scripts/build.js']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', '.']],
  ['lint', ['node_modules/eslint/bin/eslint.js', '--max-warnings=0', 'src', 'test']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']],
  ['unused code', ['node_modules/knip/bin/knip.js']],
  ['manifest', ['scripts/manifest.js', '--check']],
  ['configuration schema', ['scripts/schema.js', '--check']],
  ['entry schema', ['scripts/entry-schema.js', '--check']],
  ['detectors page', ['scripts/detectors.js', '--check']],
]
let failed = 0
for (const [name, args] of steps) report(name, run(node, args, { allowFailure: true }) === 0)
report('import table', runTests(node, ['test/unit/imports.test.ts', '--reporter=terse']) === 0)
process.exit(failed === 0 ? 0 : 1)

function report(name, ok) {
  process.stderr.write(`${ok ? 'ok  ' : 'FAIL'}  ${name}\n`)
  if (!ok) failed++
}
