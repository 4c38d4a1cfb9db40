// The demonstration model behind a door that fails when the prompt says so.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { startDemonstrationModel, type DemonstrationModel } from '../../src/demo/model/server.ts'

/** In a prompt: the answer is an error that quotes it. */
export const FAIL = 'please-fail'
/** In a prompt: the answer breaks off in its middle. */
export const BREAK_OFF = 'please-break-off'

/** The model, gone when the test is over. `url` is the door's. */
export async function moodyModel(t: Test): Promise<DemonstrationModel> {
  const model = await startDemonstrationModel({ pace: 1 })
  const door = createServer(
    (request, response) => void answer(request, response).catch(() => response.destroy()),
  )

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray()).toString()
    if (body.includes(FAIL)) {
      response.writeHead(500, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify({ error: { message: `What does this mean: ${body}` } }))
    }
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const headers = Object.entries(request.headers).filter(
      ([name]) => name !== 'host' && name !== 'connection',
    )
    const reply = await fetch(new URL(request.url ?? '/', model.url), {
      method: request.method ?? 'GET',
      headers: headers as [string, string][],
      signal: gone.signal,
      ...(body !== '' && { body }),
    })
    response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? '' })
    let pieces = 0
    for await (const piece of reply.body ?? []) {
      response.write(piece)
      if (body.includes(BREAK_OFF) && ++pieces === 8) return void response.destroy()
    }
    response.end()
  }

  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    door.closeAllConnections()
    door.close()
    await model.close()
  })
  return { ...model, url: `http://127.0.0.1:${(door.address() as AddressInfo).port}/v1` }
}
