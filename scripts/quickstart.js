// npm run quickstart [-- OPTIONS]: the runtime's packages, a build, and the demonstration. No test tools are installed.
import { prepare, run } from './toolchain.js'

const node = prepare({ runtime: true })
run(node, ['--disable-warning=ExperimentalWarning', 'scripts/build.js'])
process.exit(run(node, ['bin/run.js', 'quickstart', ...process.argv.slice(2)], { allowFailure: true }))
