// The real gateway in a process of its own, which tells its vitals when asked.
import pino from 'pino'
import { startGateway } from '../../../src/assembly/gateway.ts'
import { loadGatewayFile } from '../../../src/assembly/gateway-file.ts'
import { answerParent } from './probe.ts'

const config = loadGatewayFile(process.argv[2] as string)
const gateway = await startGateway(config, {
  version: '0.0.0',
  development: true,
  logTo: pino.destination({ dest: '/dev/null' }),
})
answerParent()
process.once('SIGTERM', () => void gateway.stop().finally(() => process.exit()))
process.send?.({ port: config.listen.port })
