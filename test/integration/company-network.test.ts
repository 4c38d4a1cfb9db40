// A gateway inside a company's network: behind its proxy, with a certificate of its own authority.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createProxy } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { companyFetch } from '../../src/adapters/undici/company-fetch.ts'
import { discover } from '../../src/login/discovery.ts'

const GATEWAY = 'https://gw.example'
const skip = spawnSync('which', ['openssl']).status !== 0 && 'needs openssl: apt-get install openssl'

t.test('the first login crosses the proxy and trusts the named authority', { skip }, async (t) => {
  const { ca, proxy, asked } = await companyNetwork(t)
  const fetch = await companyFetch(ca, { HTTPS_PROXY: proxy })
  t.match(await discover(GATEWAY, fetch), { issuer: `${GATEWAY}/oauth` })
  t.same(asked, ['gw.example:443'])
})

t.test('an authority that is not named is not trusted, and the way out is told', { skip }, async (t) => {
  const { proxy } = await companyNetwork(t)
  const fetch = await companyFetch(undefined, { https_proxy: proxy })
  await t.rejects(discover(GATEWAY, fetch), {
    code: 'ERR_GATEWAY_UNREACHABLE',
    message: /certificate is not trusted/,
    nextSteps: [/--ca FILE/],
  })
})

t.test('loopback and NO_PROXY go without the proxy', { skip }, async (t) => {
  const { ca, proxy, asked, port } = await companyNetwork(t)
  const direct = await companyFetch(ca, { HTTPS_PROXY: proxy, NO_PROXY: 'gw.example' })
  await t.rejects(discover(GATEWAY, direct), { code: 'ERR_GATEWAY_UNREACHABLE' })
  const near = await companyFetch(ca, { HTTPS_PROXY: proxy })
  t.equal((await near(`https://127.0.0.1:${port}/`)).status, 200)
  t.same(asked, [])
})

t.test('a file that holds no certificate', async (t) => {
  const folder = newFolder(t)
  await t.rejects(companyFetch(join(folder, 'missing.pem'), {}), {
    code: 'ERR_CONFIG',
    message: /can't be read/,
  })
  writeFileSync(join(folder, 'empty.pem'), 'nothing\n')
  await t.rejects(companyFetch(join(folder, 'empty.pem'), {}), {
    code: 'ERR_CONFIG',
    message: /no certificate/,
  })
})

async function companyNetwork(t: Test) {
  const folder = newFolder(t)
  const file = (name: string): string => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: folder })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl(
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=Company CA',
    '-days',
    '2',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  openssl('req', ...key, '-subj', '/CN=gw.example', '-keyout', 'gw.key', '-out', 'gw.csr')
  writeFileSync(file('names'), 'subjectAltName=DNS:gw.example,IP:127.0.0.1\n')
  const sign = ['x509', '-req', '-in', 'gw.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial']
  openssl(...sign, '-days', '2', '-extfile', 'names', '-out', 'gw.pem')

  const tls = { key: readFileSync(file('gw.key')), cert: readFileSync(file('gw.pem')) }
  const gateway = createServer(tls, (_request, response) => {
    response.end(
      JSON.stringify({ issuer: `${GATEWAY}/oauth`, ledger: { origin: 'gw.example/ledger', vkey: 'key' } }),
    )
  })
  const asked: string[] = []
  const proxy = createProxy()
  const port = await listen(t, gateway)
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  return { ca: file('ca.pem'), proxy: `http://127.0.0.1:${await listen(t, proxy)}`, asked, port }
}

async function listen(t: Test, server: Server): Promise<number> {
  t.teardown(() => server.close())
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)),
  )
}

function newFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-company-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
