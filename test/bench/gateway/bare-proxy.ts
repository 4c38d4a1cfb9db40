// The floor: node:http in front, undici behind, bytes passed on with backpressure, nothing looked at.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { Pool } from 'undici'
import { answerParent } from './probe.ts'

const upstream = new URL(process.argv[2] as string)
const pool = new Pool(upstream.origin)
const server = createServer((request, response) => {
  const abort = new AbortController()
  response.once('close', () => abort.abort())
  pool
    .request({
      method: 'POST',
      path: request.url as string,
      headers: { 'content-type': request.headers['content-type'] as string, accept: '*/*' },
      body: request,
      signal: abort.signal,
    })
    .then((reply) => {
      response.writeHead(reply.statusCode, { 'content-type': reply.headers['content-type'] as string })
      pipeline(reply.body, response, () => undefined)
    })
    .catch(() => response.destroy())
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
answerParent()
