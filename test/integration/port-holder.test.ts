// Who listens on a port: this process, another program, another user's.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { portHolder } from '../../src/adapters/proc/port-holder.ts'
import { freePort } from '../support/free-port.ts'

const skip = process.platform === 'linux' ? false : 'only Linux tells through /proc'
const LISTEN = `require('node:net').createServer().listen(0, '127.0.0.1', function () {
  console.log(this.address().port)
})`

t.test('one of our own, on IPv4, IPv6 and all addresses', { skip }, async (t) => {
  for (const host of ['127.0.0.1', '::1', '::', '0.0.0.0']) {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    t.match(portHolder(port), new RegExp(`^node .*\\(pid ${process.pid}\\)$`), host)
    server.close()
  }
  t.equal(portHolder(await freePort()), undefined, 'nobody')
})

t.test('another program: its script is named, its other words are not', { skip }, async (t) => {
  const folder = t.testdir({ 'serve.cjs': LISTEN })
  const script = join(folder, 'serve.cjs')
  const [pid, port] = await listener(t, [script, '--password=hunter2'])
  t.equal(portHolder(port), `node ${script} (pid ${pid})`)
  const [other, otherPort] = await listener(t, ['-e', LISTEN, 'hunter2'])
  t.equal(portHolder(otherPort), `node (pid ${other})`)
})

t.test('the one that is in the way, where two share a port', { skip }, async (t) => {
  const here = createServer().listen(0, '127.0.0.1')
  await once(here, 'listening')
  const { port } = here.address() as AddressInfo
  const folder = t.testdir({
    'serve.cjs': LISTEN.replace('0,', `${port},`).replace('127.0.0.1', '127.0.0.2'),
  })
  const [pid] = await listener(t, [join(folder, 'serve.cjs')])
  t.match(portHolder(port, '127.0.0.1'), `(pid ${process.pid})`)
  t.match(portHolder(port, '127.0.0.2'), `(pid ${pid})`)
  here.close()
})

async function listener(t: Test, args: string[]): Promise<[pid: number, port: number]> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill())
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return [child.pid as number, Number(line)]
}
