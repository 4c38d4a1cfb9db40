// The listener that a browser comes back to, and what else may come to it.
import { connect } from 'node:net'
import t from 'tap'
import { listenOnLoopback } from '../../../src/login/loopback.ts'

t.test('whatever comes, it goes on waiting for its own answer', async (t) => {
  const loopback = await listenOnLoopback()
  t.teardown(() => loopback.close())
  const { port, host } = new URL(loopback.redirectUri)
  const answer = loopback.answer('mine', AbortSignal.timeout(10_000))
  const ask = async (target: string, hosts: readonly string[] = [host]): Promise<string> => {
    const lines = [`GET ${target} HTTP/1.1`, ...hosts.map((name) => `Host: ${name}`), 'Connection: close']
    const socket = connect(Number(port), '127.0.0.1')
    socket.end(`${lines.join('\r\n')}\r\n\r\n`)
    return Buffer.concat(await socket.toArray()).toString()
  }
  const right = '/callback?state=mine'
  for (const target of ['//', '///', '//:x/', '*', '//evil.example/callback?state=mine', '/callback?state=%'])
    t.match(await ask(target), /^HTTP\/1\.1 400 /, target)
  t.match(await ask(`http://evil.example${right}`), /^HTTP\/1\.1 400 /)
  t.match(await ask('http://[/'), /^HTTP\/1\.1 400 /)
  t.match(await ask(right, ['evil.example']), /^HTTP\/1\.1 400 /)
  t.match(await ask('//', ['evil.example']), /^HTTP\/1\.1 400 /)

  const reply = ask(right)
  const { url, sendTo } = await answer
  t.equal(url.href, `${loopback.redirectUri}?state=mine`)
  await sendTo('https://gw.example/signin/done')
  t.match(await reply, /^HTTP\/1\.1 303 [^]*location: https:\/\/gw\.example\/signin\/done/)
})
