import { createServer, type Server } from 'node:http'
import t from 'tap'
import { listenOnLoopback } from '../../../src/tunnel/listen.ts'

const open: Server[] = []
function server(): Server {
  const server = createServer()
  open.push(server)
  return server
}
t.afterEach(() => open.splice(0).forEach((server) => server.close()))

t.test('a port that is asked for is taken or refused, never replaced', async (t) => {
  const { port } = await listenOnLoopback(server(), { exact: 0 })
  await t.rejects(listenOnLoopback(server(), { exact: port }), {
    code: 'ERR_PORT_IN_USE',
    message: `Port ${port} is in use, or not yours to take.`,
  })
})

t.test('the remembered port comes first, then the next free one from 4141', async (t) => {
  const { port: remembered } = await listenOnLoopback(server(), { exact: 0 })
  open.splice(0).forEach((server) => server.close())
  t.same(await listenOnLoopback(server(), { remembered }), { port: remembered })
  const { port: next, taken } = await listenOnLoopback(server(), { remembered })
  t.equal(taken, remembered, 'it is told that another stands in')
  t.ok(next >= 4141 && next <= 4240, `${next} is in the tunnels' range`)
  t.ok((await listenOnLoopback(server(), { remembered: next })).port > next, 'and another after it')
})

t.test('ports of other models are left to them', async (t) => {
  const { port: free } = await listenOnLoopback(server(), {})
  open.splice(0).forEach((server) => server.close())
  t.ok((await listenOnLoopback(server(), { others: [free] })).port > free)
})

t.test('it listens on loopback only', async (t) => {
  const listening = server()
  await listenOnLoopback(listening, { exact: 0 })
  t.match(listening.address(), { address: '127.0.0.1' })
})
