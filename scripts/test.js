// npm test [-- FILE…]: installs what is missing, builds, runs the tests.
import { prepare, run } from './toolchain.js'

const node = prepare()
run(node, ['--disable-warning=ExperimentalWarning', 'scripts/build.js'])
const files = process.argv.slice(2)
process.exit(run(node, ['node_modules/tap/dist/esm/run.mjs', 'run', ...files], { allowFailure: true }))
