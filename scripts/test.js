// npm test [-- FILE…]: installs what is missing, builds, runs the tests.
import { prepare, run, runTests } from './toolchain.js'

const node = prepare()
run(node, ['--disable-warning=ExperimentalWarning', 'scripts/build.js'])
process.exit(runTests(node, process.argv.slice(2)))
