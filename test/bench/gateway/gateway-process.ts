// The real gateway in a process of its own, which tells its CPU time (all threads) when asked.
import { startGateway } from '../../../src/assembly/gateway.ts'
import { loadGatewayFile } from '../../../src/assembly/gateway-file.ts'
import pino from 'pino'

const config = loadGatewayFile(process.argv[2] as string)
await startGateway(config, {
  version: '0.0.0',
  development: true,
  logTo: pino.destination({ dest: '/dev/null' }),
})
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }))
process.send?.({ port: config.listen.port })
